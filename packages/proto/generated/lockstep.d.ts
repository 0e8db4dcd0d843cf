// Generated from proto/lockstep.proto, do not edit; make again with: node packages/proto/generate.mjs
import * as $protobuf from "protobufjs";

/** Namespace lockstep. */
export namespace lockstep {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a Frame.
         * @deprecated Use lockstep.v1.Frame.$Properties instead.
         */
        interface IFrame extends lockstep.v1.Frame.$Properties {
        }

        /** Represents a Frame. */
        class Frame {

            /**
             * Constructs a new Frame.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Frame.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Frame version. */
            version: number;

            /** Frame hello. */
            hello?: (lockstep.v1.Hello.$Properties|null);

            /** Frame welcome. */
            welcome?: (lockstep.v1.Welcome.$Properties|null);

            /** Frame heartbeat. */
            heartbeat?: (lockstep.v1.Heartbeat.$Properties|null);

            /** Frame prepare. */
            prepare?: (lockstep.v1.Prepare.$Properties|null);

            /** Frame prepared. */
            prepared?: (lockstep.v1.Prepared.$Properties|null);

            /** Frame begin. */
            begin?: (lockstep.v1.Begin.$Properties|null);

            /** Frame parameters. */
            parameters?: (lockstep.v1.Parameters.$Properties|null);

            /** Frame parametersReceived. */
            parametersReceived?: (lockstep.v1.ParametersReceived.$Properties|null);

            /** Frame pullParameters. */
            pullParameters?: (lockstep.v1.PullParameters.$Properties|null);

            /** Frame part. */
            part?: (lockstep.v1.Part.$Properties|null);

            /** Frame credit. */
            credit?: (lockstep.v1.Credit.$Properties|null);

            /** Frame failed. */
            failed?: (lockstep.v1.Failed.$Properties|null);

            /** Frame release. */
            release?: (lockstep.v1.Release.$Properties|null);

            /** Frame leave. */
            leave?: (lockstep.v1.Leave.$Properties|null);

            /** Frame drain. */
            drain?: (lockstep.v1.Drain.$Properties|null);

            /** Frame enrol. */
            enrol?: (lockstep.v1.Enrol.$Properties|null);

            /** Frame enrolled. */
            enrolled?: (lockstep.v1.Enrolled.$Properties|null);

            /** Frame logs. */
            logs?: (lockstep.v1.Logs.$Properties|null);

            /** Frame body. */
            body?: ("hello"|"welcome"|"heartbeat"|"prepare"|"prepared"|"begin"|"parameters"|"parametersReceived"|"pullParameters"|"part"|"credit"|"failed"|"release"|"leave"|"drain"|"enrol"|"enrolled"|"logs");

            /**
             * Encodes the specified Frame message. Does not implicitly {@link lockstep.v1.Frame.verify|verify} messages.
             * @param message Frame message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Frame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Frame message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Frame & lockstep.v1.Frame.$Shape} Frame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Frame & lockstep.v1.Frame.$Shape;
        }

        namespace Frame {

            /** Properties of a Frame. */
            interface $Properties {

                /** Frame version */
                version?: (number|null);

                /** Frame hello */
                hello?: (lockstep.v1.Hello.$Properties|null);

                /** Frame welcome */
                welcome?: (lockstep.v1.Welcome.$Properties|null);

                /** Frame heartbeat */
                heartbeat?: (lockstep.v1.Heartbeat.$Properties|null);

                /** Frame prepare */
                prepare?: (lockstep.v1.Prepare.$Properties|null);

                /** Frame prepared */
                prepared?: (lockstep.v1.Prepared.$Properties|null);

                /** Frame begin */
                begin?: (lockstep.v1.Begin.$Properties|null);

                /** Frame parameters */
                parameters?: (lockstep.v1.Parameters.$Properties|null);

                /** Frame parametersReceived */
                parametersReceived?: (lockstep.v1.ParametersReceived.$Properties|null);

                /** Frame pullParameters */
                pullParameters?: (lockstep.v1.PullParameters.$Properties|null);

                /** Frame part */
                part?: (lockstep.v1.Part.$Properties|null);

                /** Frame credit */
                credit?: (lockstep.v1.Credit.$Properties|null);

                /** Frame failed */
                failed?: (lockstep.v1.Failed.$Properties|null);

                /** Frame release */
                release?: (lockstep.v1.Release.$Properties|null);

                /** Frame leave */
                leave?: (lockstep.v1.Leave.$Properties|null);

                /** Frame drain */
                drain?: (lockstep.v1.Drain.$Properties|null);

                /** Frame enrol */
                enrol?: (lockstep.v1.Enrol.$Properties|null);

                /** Frame enrolled */
                enrolled?: (lockstep.v1.Enrolled.$Properties|null);

                /** Frame logs */
                logs?: (lockstep.v1.Logs.$Properties|null);

                /** Frame body */
                body?: ("hello"|"welcome"|"heartbeat"|"prepare"|"prepared"|"begin"|"parameters"|"parametersReceived"|"pullParameters"|"part"|"credit"|"failed"|"release"|"leave"|"drain"|"enrol"|"enrolled"|"logs");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Frame. */
            type $Shape = {
              version?: number|null;
              hello?: lockstep.v1.Hello.$Shape|null;
              welcome?: lockstep.v1.Welcome.$Shape|null;
              heartbeat?: lockstep.v1.Heartbeat.$Shape|null;
              prepare?: lockstep.v1.Prepare.$Shape|null;
              prepared?: lockstep.v1.Prepared.$Shape|null;
              begin?: lockstep.v1.Begin.$Shape|null;
              parameters?: lockstep.v1.Parameters.$Shape|null;
              parametersReceived?: lockstep.v1.ParametersReceived.$Shape|null;
              pullParameters?: lockstep.v1.PullParameters.$Shape|null;
              part?: lockstep.v1.Part.$Shape|null;
              credit?: lockstep.v1.Credit.$Shape|null;
              failed?: lockstep.v1.Failed.$Shape|null;
              release?: lockstep.v1.Release.$Shape|null;
              leave?: lockstep.v1.Leave.$Shape|null;
              drain?: lockstep.v1.Drain.$Shape|null;
              enrol?: lockstep.v1.Enrol.$Shape|null;
              enrolled?: lockstep.v1.Enrolled.$Shape|null;
              logs?: lockstep.v1.Logs.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "hello"; hello: lockstep.v1.Hello.$Shape; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "welcome"; hello?: null; welcome: lockstep.v1.Welcome.$Shape; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "heartbeat"; hello?: null; welcome?: null; heartbeat: lockstep.v1.Heartbeat.$Shape; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "prepare"; hello?: null; welcome?: null; heartbeat?: null; prepare: lockstep.v1.Prepare.$Shape; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "prepared"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared: lockstep.v1.Prepared.$Shape; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "begin"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin: lockstep.v1.Begin.$Shape; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "parameters"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters: lockstep.v1.Parameters.$Shape; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "parametersReceived"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived: lockstep.v1.ParametersReceived.$Shape; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "pullParameters"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters: lockstep.v1.PullParameters.$Shape; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "part"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part: lockstep.v1.Part.$Shape; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "credit"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit: lockstep.v1.Credit.$Shape; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "failed"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed: lockstep.v1.Failed.$Shape; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "release"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release: lockstep.v1.Release.$Shape; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "leave"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave: lockstep.v1.Leave.$Shape; drain?: null; enrol?: null; enrolled?: null; logs?: null }|{ body?: "drain"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain: lockstep.v1.Drain.$Shape; enrol?: null; enrolled?: null; logs?: null }|{ body?: "enrol"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol: lockstep.v1.Enrol.$Shape; enrolled?: null; logs?: null }|{ body?: "enrolled"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled: lockstep.v1.Enrolled.$Shape; logs?: null }|{ body?: "logs"; hello?: null; welcome?: null; heartbeat?: null; prepare?: null; prepared?: null; begin?: null; parameters?: null; parametersReceived?: null; pullParameters?: null; part?: null; credit?: null; failed?: null; release?: null; leave?: null; drain?: null; enrol?: null; enrolled?: null; logs: lockstep.v1.Logs.$Shape })
            );
        }

        /**
         * Properties of a Hello.
         * @deprecated Use lockstep.v1.Hello.$Properties instead.
         */
        interface IHello extends lockstep.v1.Hello.$Properties {
        }

        /** Represents a Hello. */
        class Hello {

            /**
             * Constructs a new Hello.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Hello.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Hello worker. */
            worker: string;

            /** Hello protocol. */
            protocol: number;

            /** Hello threads. */
            threads: number;

            /** Hello host. */
            host: string;

            /** Hello pid. */
            pid: number;

            /** Hello cpuClass. */
            cpuClass: string;

            /** Hello memoryBytes. */
            memoryBytes: number;

            /** Hello newestProtocol. */
            newestProtocol: number;

            /**
             * Encodes the specified Hello message. Does not implicitly {@link lockstep.v1.Hello.verify|verify} messages.
             * @param message Hello message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Hello message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Hello & lockstep.v1.Hello.$Shape} Hello
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Hello & lockstep.v1.Hello.$Shape;
        }

        namespace Hello {

            /** Properties of a Hello. */
            interface $Properties {

                /** Hello worker */
                worker?: (string|null);

                /** Hello protocol */
                protocol?: (number|null);

                /** Hello threads */
                threads?: (number|null);

                /** Hello host */
                host?: (string|null);

                /** Hello pid */
                pid?: (number|null);

                /** Hello cpuClass */
                cpuClass?: (string|null);

                /** Hello memoryBytes */
                memoryBytes?: (number|null);

                /** Hello newestProtocol */
                newestProtocol?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Hello. */
            type $Shape = lockstep.v1.Hello.$Properties;
        }

        /**
         * Properties of a Welcome.
         * @deprecated Use lockstep.v1.Welcome.$Properties instead.
         */
        interface IWelcome extends lockstep.v1.Welcome.$Properties {
        }

        /** Represents a Welcome. */
        class Welcome {

            /**
             * Constructs a new Welcome.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Welcome.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Welcome accepted. */
            accepted: boolean;

            /** Welcome reason. */
            reason: string;

            /** Welcome heartbeatMilliseconds. */
            heartbeatMilliseconds: number;

            /** Welcome session. */
            session: string;

            /** Welcome protocol. */
            protocol: number;

            /**
             * Encodes the specified Welcome message. Does not implicitly {@link lockstep.v1.Welcome.verify|verify} messages.
             * @param message Welcome message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Welcome message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Welcome & lockstep.v1.Welcome.$Shape} Welcome
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Welcome & lockstep.v1.Welcome.$Shape;
        }

        namespace Welcome {

            /** Properties of a Welcome. */
            interface $Properties {

                /** Welcome accepted */
                accepted?: (boolean|null);

                /** Welcome reason */
                reason?: (string|null);

                /** Welcome heartbeatMilliseconds */
                heartbeatMilliseconds?: (number|null);

                /** Welcome session */
                session?: (string|null);

                /** Welcome protocol */
                protocol?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Welcome. */
            type $Shape = lockstep.v1.Welcome.$Properties;
        }

        /**
         * Properties of a Heartbeat.
         * @deprecated Use lockstep.v1.Heartbeat.$Properties instead.
         */
        interface IHeartbeat extends lockstep.v1.Heartbeat.$Properties {
        }

        /** Represents a Heartbeat. */
        class Heartbeat {

            /**
             * Constructs a new Heartbeat.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Heartbeat.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Heartbeat worker. */
            worker: string;

            /** Heartbeat session. */
            session: string;

            /** Heartbeat draining. */
            draining: boolean;

            /** Heartbeat holds. */
            holds: lockstep.v1.HeldJob.$Properties[];

            /**
             * Encodes the specified Heartbeat message. Does not implicitly {@link lockstep.v1.Heartbeat.verify|verify} messages.
             * @param message Heartbeat message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Heartbeat message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Heartbeat & lockstep.v1.Heartbeat.$Shape} Heartbeat
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Heartbeat & lockstep.v1.Heartbeat.$Shape;
        }

        namespace Heartbeat {

            /** Properties of a Heartbeat. */
            interface $Properties {

                /** Heartbeat worker */
                worker?: (string|null);

                /** Heartbeat session */
                session?: (string|null);

                /** Heartbeat draining */
                draining?: (boolean|null);

                /** Heartbeat holds */
                holds?: (lockstep.v1.HeldJob.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Heartbeat. */
            type $Shape = lockstep.v1.Heartbeat.$Properties;
        }

        /**
         * Properties of a HeldJob.
         * @deprecated Use lockstep.v1.HeldJob.$Properties instead.
         */
        interface IHeldJob extends lockstep.v1.HeldJob.$Properties {
        }

        /** Represents a HeldJob. */
        class HeldJob {

            /**
             * Constructs a new HeldJob.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.HeldJob.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** HeldJob job. */
            job: string;

            /** HeldJob term. */
            term: number;

            /**
             * Encodes the specified HeldJob message. Does not implicitly {@link lockstep.v1.HeldJob.verify|verify} messages.
             * @param message HeldJob message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.HeldJob.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a HeldJob message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.HeldJob & lockstep.v1.HeldJob.$Shape} HeldJob
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.HeldJob & lockstep.v1.HeldJob.$Shape;
        }

        namespace HeldJob {

            /** Properties of a HeldJob. */
            interface $Properties {

                /** HeldJob job */
                job?: (string|null);

                /** HeldJob term */
                term?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a HeldJob. */
            type $Shape = lockstep.v1.HeldJob.$Properties;
        }

        /**
         * Properties of a GraphReference.
         * @deprecated Use lockstep.v1.GraphReference.$Properties instead.
         */
        interface IGraphReference extends lockstep.v1.GraphReference.$Properties {
        }

        /** Represents a GraphReference. */
        class GraphReference {

            /**
             * Constructs a new GraphReference.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.GraphReference.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** GraphReference key. */
            key: string;

            /** GraphReference sha256. */
            sha256: string;

            /**
             * Encodes the specified GraphReference message. Does not implicitly {@link lockstep.v1.GraphReference.verify|verify} messages.
             * @param message GraphReference message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.GraphReference.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a GraphReference message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.GraphReference & lockstep.v1.GraphReference.$Shape} GraphReference
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.GraphReference & lockstep.v1.GraphReference.$Shape;
        }

        namespace GraphReference {

            /** Properties of a GraphReference. */
            interface $Properties {

                /** GraphReference key */
                key?: (string|null);

                /** GraphReference sha256 */
                sha256?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a GraphReference. */
            type $Shape = lockstep.v1.GraphReference.$Properties;
        }

        /**
         * Properties of a SplitReference.
         * @deprecated Use lockstep.v1.SplitReference.$Properties instead.
         */
        interface ISplitReference extends lockstep.v1.SplitReference.$Properties {
        }

        /** Represents a SplitReference. */
        class SplitReference {

            /**
             * Constructs a new SplitReference.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.SplitReference.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SplitReference name. */
            name: string;

            /** SplitReference dataset. */
            dataset: string;

            /** SplitReference manifest. */
            manifest: Uint8Array;

            /** SplitReference split. */
            split: string;

            /**
             * Encodes the specified SplitReference message. Does not implicitly {@link lockstep.v1.SplitReference.verify|verify} messages.
             * @param message SplitReference message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.SplitReference.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SplitReference message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.SplitReference & lockstep.v1.SplitReference.$Shape} SplitReference
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.SplitReference & lockstep.v1.SplitReference.$Shape;
        }

        namespace SplitReference {

            /** Properties of a SplitReference. */
            interface $Properties {

                /** SplitReference name */
                name?: (string|null);

                /** SplitReference dataset */
                dataset?: (string|null);

                /** SplitReference manifest */
                manifest?: (Uint8Array|null);

                /** SplitReference split */
                split?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SplitReference. */
            type $Shape = lockstep.v1.SplitReference.$Properties;
        }

        /**
         * Properties of a Prepare.
         * @deprecated Use lockstep.v1.Prepare.$Properties instead.
         */
        interface IPrepare extends lockstep.v1.Prepare.$Properties {
        }

        /** Represents a Prepare. */
        class Prepare {

            /**
             * Constructs a new Prepare.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Prepare.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Prepare job. */
            job: string;

            /** Prepare term. */
            term: number;

            /** Prepare graphs. */
            graphs: lockstep.v1.GraphReference.$Properties[];

            /** Prepare splits. */
            splits: lockstep.v1.SplitReference.$Properties[];

            /** Prepare parameters. */
            parameters: number;

            /** Prepare sliceSize. */
            sliceSize: number;

            /** Prepare seed. */
            seed: number;

            /** Prepare metricSums. */
            metricSums: number;

            /**
             * Encodes the specified Prepare message. Does not implicitly {@link lockstep.v1.Prepare.verify|verify} messages.
             * @param message Prepare message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Prepare.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Prepare message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Prepare & lockstep.v1.Prepare.$Shape} Prepare
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Prepare & lockstep.v1.Prepare.$Shape;
        }

        namespace Prepare {

            /** Properties of a Prepare. */
            interface $Properties {

                /** Prepare job */
                job?: (string|null);

                /** Prepare term */
                term?: (number|null);

                /** Prepare graphs */
                graphs?: (lockstep.v1.GraphReference.$Properties[]|null);

                /** Prepare splits */
                splits?: (lockstep.v1.SplitReference.$Properties[]|null);

                /** Prepare parameters */
                parameters?: (number|null);

                /** Prepare sliceSize */
                sliceSize?: (number|null);

                /** Prepare seed */
                seed?: (number|null);

                /** Prepare metricSums */
                metricSums?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Prepare. */
            type $Shape = lockstep.v1.Prepare.$Properties;
        }

        /**
         * Properties of a Prepared.
         * @deprecated Use lockstep.v1.Prepared.$Properties instead.
         */
        interface IPrepared extends lockstep.v1.Prepared.$Properties {
        }

        /** Represents a Prepared. */
        class Prepared {

            /**
             * Constructs a new Prepared.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Prepared.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Prepared worker. */
            worker: string;

            /** Prepared job. */
            job: string;

            /** Prepared term. */
            term: number;

            /** Prepared canary. */
            canary: string;

            /**
             * Encodes the specified Prepared message. Does not implicitly {@link lockstep.v1.Prepared.verify|verify} messages.
             * @param message Prepared message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Prepared.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Prepared message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Prepared & lockstep.v1.Prepared.$Shape} Prepared
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Prepared & lockstep.v1.Prepared.$Shape;
        }

        namespace Prepared {

            /** Properties of a Prepared. */
            interface $Properties {

                /** Prepared worker */
                worker?: (string|null);

                /** Prepared job */
                job?: (string|null);

                /** Prepared term */
                term?: (number|null);

                /** Prepared canary */
                canary?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Prepared. */
            type $Shape = lockstep.v1.Prepared.$Properties;
        }

        /**
         * Properties of a Range.
         * @deprecated Use lockstep.v1.Range.$Properties instead.
         */
        interface IRange extends lockstep.v1.Range.$Properties {
        }

        /** Represents a Range. */
        class Range {

            /**
             * Constructs a new Range.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Range.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Range worker. */
            worker: string;

            /** Range first. */
            first: number;

            /** Range end. */
            end: number;

            /**
             * Encodes the specified Range message. Does not implicitly {@link lockstep.v1.Range.verify|verify} messages.
             * @param message Range message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Range.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Range message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Range & lockstep.v1.Range.$Shape} Range
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Range & lockstep.v1.Range.$Shape;
        }

        namespace Range {

            /** Properties of a Range. */
            interface $Properties {

                /** Range worker */
                worker?: (string|null);

                /** Range first */
                first?: (number|null);

                /** Range end */
                end?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Range. */
            type $Shape = lockstep.v1.Range.$Properties;
        }

        /** RoundKind enum. */
        enum RoundKind {

            /** ROUND_KIND_UNSPECIFIED value */
            ROUND_KIND_UNSPECIFIED = 0,

            /** ROUND_KIND_TRAIN value */
            ROUND_KIND_TRAIN = 1,

            /** ROUND_KIND_EVALUATE value */
            ROUND_KIND_EVALUATE = 2
        }

        /**
         * Properties of a Begin.
         * @deprecated Use lockstep.v1.Begin.$Properties instead.
         */
        interface IBegin extends lockstep.v1.Begin.$Properties {
        }

        /** Represents a Begin. */
        class Begin {

            /**
             * Constructs a new Begin.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Begin.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Begin job. */
            job: string;

            /** Begin term. */
            term: number;

            /** Begin round. */
            round: number;

            /** Begin kind. */
            kind: lockstep.v1.RoundKind;

            /** Begin step. */
            step: number;

            /** Begin split. */
            split: string;

            /** Begin samples. */
            samples: number[];

            /** Begin ranges. */
            ranges: lockstep.v1.Range.$Properties[];

            /** Begin nextShards. */
            nextShards: number[];

            /**
             * Encodes the specified Begin message. Does not implicitly {@link lockstep.v1.Begin.verify|verify} messages.
             * @param message Begin message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Begin.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Begin message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Begin & lockstep.v1.Begin.$Shape} Begin
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Begin & lockstep.v1.Begin.$Shape;
        }

        namespace Begin {

            /** Properties of a Begin. */
            interface $Properties {

                /** Begin job */
                job?: (string|null);

                /** Begin term */
                term?: (number|null);

                /** Begin round */
                round?: (number|null);

                /** Begin kind */
                kind?: (lockstep.v1.RoundKind|null);

                /** Begin step */
                step?: (number|null);

                /** Begin split */
                split?: (string|null);

                /** Begin samples */
                samples?: (number[]|null);

                /** Begin ranges */
                ranges?: (lockstep.v1.Range.$Properties[]|null);

                /** Begin nextShards */
                nextShards?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Begin. */
            type $Shape = lockstep.v1.Begin.$Properties;
        }

        /**
         * Properties of a Parameters.
         * @deprecated Use lockstep.v1.Parameters.$Properties instead.
         */
        interface IParameters extends lockstep.v1.Parameters.$Properties {
        }

        /** Represents a Parameters. */
        class Parameters {

            /**
             * Constructs a new Parameters.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Parameters.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Parameters job. */
            job: string;

            /** Parameters term. */
            term: number;

            /** Parameters step. */
            step: number;

            /** Parameters chunk. */
            chunk: number;

            /** Parameters chunks. */
            chunks: number;

            /** Parameters values. */
            values: Uint8Array;

            /** Parameters checksum. */
            checksum: number;

            /**
             * Encodes the specified Parameters message. Does not implicitly {@link lockstep.v1.Parameters.verify|verify} messages.
             * @param message Parameters message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Parameters.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Parameters message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Parameters & lockstep.v1.Parameters.$Shape} Parameters
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Parameters & lockstep.v1.Parameters.$Shape;
        }

        namespace Parameters {

            /** Properties of a Parameters. */
            interface $Properties {

                /** Parameters job */
                job?: (string|null);

                /** Parameters term */
                term?: (number|null);

                /** Parameters step */
                step?: (number|null);

                /** Parameters chunk */
                chunk?: (number|null);

                /** Parameters chunks */
                chunks?: (number|null);

                /** Parameters values */
                values?: (Uint8Array|null);

                /** Parameters checksum */
                checksum?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Parameters. */
            type $Shape = lockstep.v1.Parameters.$Properties;
        }

        /**
         * Properties of a ParametersReceived.
         * @deprecated Use lockstep.v1.ParametersReceived.$Properties instead.
         */
        interface IParametersReceived extends lockstep.v1.ParametersReceived.$Properties {
        }

        /** Represents a ParametersReceived. */
        class ParametersReceived {

            /**
             * Constructs a new ParametersReceived.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.ParametersReceived.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ParametersReceived worker. */
            worker: string;

            /** ParametersReceived job. */
            job: string;

            /** ParametersReceived term. */
            term: number;

            /** ParametersReceived step. */
            step: number;

            /** ParametersReceived chunks. */
            chunks: number;

            /**
             * Encodes the specified ParametersReceived message. Does not implicitly {@link lockstep.v1.ParametersReceived.verify|verify} messages.
             * @param message ParametersReceived message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.ParametersReceived.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ParametersReceived message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.ParametersReceived & lockstep.v1.ParametersReceived.$Shape} ParametersReceived
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.ParametersReceived & lockstep.v1.ParametersReceived.$Shape;
        }

        namespace ParametersReceived {

            /** Properties of a ParametersReceived. */
            interface $Properties {

                /** ParametersReceived worker */
                worker?: (string|null);

                /** ParametersReceived job */
                job?: (string|null);

                /** ParametersReceived term */
                term?: (number|null);

                /** ParametersReceived step */
                step?: (number|null);

                /** ParametersReceived chunks */
                chunks?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ParametersReceived. */
            type $Shape = lockstep.v1.ParametersReceived.$Properties;
        }

        /**
         * Properties of a PullParameters.
         * @deprecated Use lockstep.v1.PullParameters.$Properties instead.
         */
        interface IPullParameters extends lockstep.v1.PullParameters.$Properties {
        }

        /** Represents a PullParameters. */
        class PullParameters {

            /**
             * Constructs a new PullParameters.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.PullParameters.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PullParameters worker. */
            worker: string;

            /** PullParameters job. */
            job: string;

            /** PullParameters term. */
            term: number;

            /** PullParameters step. */
            step: number;

            /**
             * Encodes the specified PullParameters message. Does not implicitly {@link lockstep.v1.PullParameters.verify|verify} messages.
             * @param message PullParameters message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.PullParameters.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PullParameters message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.PullParameters & lockstep.v1.PullParameters.$Shape} PullParameters
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.PullParameters & lockstep.v1.PullParameters.$Shape;
        }

        namespace PullParameters {

            /** Properties of a PullParameters. */
            interface $Properties {

                /** PullParameters worker */
                worker?: (string|null);

                /** PullParameters job */
                job?: (string|null);

                /** PullParameters term */
                term?: (number|null);

                /** PullParameters step */
                step?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PullParameters. */
            type $Shape = lockstep.v1.PullParameters.$Properties;
        }

        /**
         * Properties of a Part.
         * @deprecated Use lockstep.v1.Part.$Properties instead.
         */
        interface IPart extends lockstep.v1.Part.$Properties {
        }

        /** Represents a Part. */
        class Part {

            /**
             * Constructs a new Part.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Part.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Part worker. */
            worker: string;

            /** Part job. */
            job: string;

            /** Part term. */
            term: number;

            /** Part round. */
            round: number;

            /** Part level. */
            level: number;

            /** Part index. */
            index: number;

            /** Part chunk. */
            chunk: number;

            /** Part chunks. */
            chunks: number;

            /** Part values. */
            values: Uint8Array;

            /** Part counts. */
            counts: number[];

            /** Part checksum. */
            checksum: number;

            /** Part computeMicroseconds. */
            computeMicroseconds: number;

            /**
             * Encodes the specified Part message. Does not implicitly {@link lockstep.v1.Part.verify|verify} messages.
             * @param message Part message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Part.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Part message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Part & lockstep.v1.Part.$Shape} Part
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Part & lockstep.v1.Part.$Shape;
        }

        namespace Part {

            /** Properties of a Part. */
            interface $Properties {

                /** Part worker */
                worker?: (string|null);

                /** Part job */
                job?: (string|null);

                /** Part term */
                term?: (number|null);

                /** Part round */
                round?: (number|null);

                /** Part level */
                level?: (number|null);

                /** Part index */
                index?: (number|null);

                /** Part chunk */
                chunk?: (number|null);

                /** Part chunks */
                chunks?: (number|null);

                /** Part values */
                values?: (Uint8Array|null);

                /** Part counts */
                counts?: (number[]|null);

                /** Part checksum */
                checksum?: (number|null);

                /** Part computeMicroseconds */
                computeMicroseconds?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Part. */
            type $Shape = lockstep.v1.Part.$Properties;
        }

        /**
         * Properties of a Credit.
         * @deprecated Use lockstep.v1.Credit.$Properties instead.
         */
        interface ICredit extends lockstep.v1.Credit.$Properties {
        }

        /** Represents a Credit. */
        class Credit {

            /**
             * Constructs a new Credit.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Credit.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Credit job. */
            job: string;

            /** Credit term. */
            term: number;

            /** Credit bytes. */
            bytes: number;

            /**
             * Encodes the specified Credit message. Does not implicitly {@link lockstep.v1.Credit.verify|verify} messages.
             * @param message Credit message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Credit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Credit message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Credit & lockstep.v1.Credit.$Shape} Credit
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Credit & lockstep.v1.Credit.$Shape;
        }

        namespace Credit {

            /** Properties of a Credit. */
            interface $Properties {

                /** Credit job */
                job?: (string|null);

                /** Credit term */
                term?: (number|null);

                /** Credit bytes */
                bytes?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Credit. */
            type $Shape = lockstep.v1.Credit.$Properties;
        }

        /**
         * Properties of a Failed.
         * @deprecated Use lockstep.v1.Failed.$Properties instead.
         */
        interface IFailed extends lockstep.v1.Failed.$Properties {
        }

        /** Represents a Failed. */
        class Failed {

            /**
             * Constructs a new Failed.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Failed.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Failed worker. */
            worker: string;

            /** Failed job. */
            job: string;

            /** Failed term. */
            term: number;

            /** Failed round. */
            round: number;

            /** Failed code. */
            code: string;

            /** Failed message. */
            message: string;

            /**
             * Encodes the specified Failed message. Does not implicitly {@link lockstep.v1.Failed.verify|verify} messages.
             * @param message Failed message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Failed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Failed message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Failed & lockstep.v1.Failed.$Shape} Failed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Failed & lockstep.v1.Failed.$Shape;
        }

        namespace Failed {

            /** Properties of a Failed. */
            interface $Properties {

                /** Failed worker */
                worker?: (string|null);

                /** Failed job */
                job?: (string|null);

                /** Failed term */
                term?: (number|null);

                /** Failed round */
                round?: (number|null);

                /** Failed code */
                code?: (string|null);

                /** Failed message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Failed. */
            type $Shape = lockstep.v1.Failed.$Properties;
        }

        /**
         * Properties of a Release.
         * @deprecated Use lockstep.v1.Release.$Properties instead.
         */
        interface IRelease extends lockstep.v1.Release.$Properties {
        }

        /** Represents a Release. */
        class Release {

            /**
             * Constructs a new Release.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Release.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Release job. */
            job: string;

            /** Release term. */
            term: number;

            /**
             * Encodes the specified Release message. Does not implicitly {@link lockstep.v1.Release.verify|verify} messages.
             * @param message Release message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Release.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Release message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Release & lockstep.v1.Release.$Shape} Release
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Release & lockstep.v1.Release.$Shape;
        }

        namespace Release {

            /** Properties of a Release. */
            interface $Properties {

                /** Release job */
                job?: (string|null);

                /** Release term */
                term?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Release. */
            type $Shape = lockstep.v1.Release.$Properties;
        }

        /**
         * Properties of a Leave.
         * @deprecated Use lockstep.v1.Leave.$Properties instead.
         */
        interface ILeave extends lockstep.v1.Leave.$Properties {
        }

        /** Represents a Leave. */
        class Leave {

            /**
             * Constructs a new Leave.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Leave.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Leave worker. */
            worker: string;

            /** Leave session. */
            session: string;

            /**
             * Encodes the specified Leave message. Does not implicitly {@link lockstep.v1.Leave.verify|verify} messages.
             * @param message Leave message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Leave.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Leave message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Leave & lockstep.v1.Leave.$Shape} Leave
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Leave & lockstep.v1.Leave.$Shape;
        }

        namespace Leave {

            /** Properties of a Leave. */
            interface $Properties {

                /** Leave worker */
                worker?: (string|null);

                /** Leave session */
                session?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Leave. */
            type $Shape = lockstep.v1.Leave.$Properties;
        }

        /**
         * Properties of a Drain.
         * @deprecated Use lockstep.v1.Drain.$Properties instead.
         */
        interface IDrain extends lockstep.v1.Drain.$Properties {
        }

        /** Represents a Drain. */
        class Drain {

            /**
             * Constructs a new Drain.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Drain.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Drain session. */
            session: string;

            /**
             * Encodes the specified Drain message. Does not implicitly {@link lockstep.v1.Drain.verify|verify} messages.
             * @param message Drain message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Drain.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Drain message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Drain & lockstep.v1.Drain.$Shape} Drain
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Drain & lockstep.v1.Drain.$Shape;
        }

        namespace Drain {

            /** Properties of a Drain. */
            interface $Properties {

                /** Drain session */
                session?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Drain. */
            type $Shape = lockstep.v1.Drain.$Properties;
        }

        /**
         * Properties of an Enrol.
         * @deprecated Use lockstep.v1.Enrol.$Properties instead.
         */
        interface IEnrol extends lockstep.v1.Enrol.$Properties {
        }

        /** Represents an Enrol. */
        class Enrol {

            /**
             * Constructs a new Enrol.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Enrol.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Enrol worker. */
            worker: string;

            /** Enrol publicKey. */
            publicKey: string;

            /**
             * Encodes the specified Enrol message. Does not implicitly {@link lockstep.v1.Enrol.verify|verify} messages.
             * @param message Enrol message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Enrol.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Enrol message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Enrol & lockstep.v1.Enrol.$Shape} Enrol
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Enrol & lockstep.v1.Enrol.$Shape;
        }

        namespace Enrol {

            /** Properties of an Enrol. */
            interface $Properties {

                /** Enrol worker */
                worker?: (string|null);

                /** Enrol publicKey */
                publicKey?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Enrol. */
            type $Shape = lockstep.v1.Enrol.$Properties;
        }

        /**
         * Properties of an Enrolled.
         * @deprecated Use lockstep.v1.Enrolled.$Properties instead.
         */
        interface IEnrolled extends lockstep.v1.Enrolled.$Properties {
        }

        /** Represents an Enrolled. */
        class Enrolled {

            /**
             * Constructs a new Enrolled.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Enrolled.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Enrolled accepted. */
            accepted: boolean;

            /** Enrolled reason. */
            reason: string;

            /** Enrolled jwt. */
            jwt: string;

            /** Enrolled seconds. */
            seconds: number;

            /**
             * Encodes the specified Enrolled message. Does not implicitly {@link lockstep.v1.Enrolled.verify|verify} messages.
             * @param message Enrolled message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Enrolled.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Enrolled message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Enrolled & lockstep.v1.Enrolled.$Shape} Enrolled
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Enrolled & lockstep.v1.Enrolled.$Shape;
        }

        namespace Enrolled {

            /** Properties of an Enrolled. */
            interface $Properties {

                /** Enrolled accepted */
                accepted?: (boolean|null);

                /** Enrolled reason */
                reason?: (string|null);

                /** Enrolled jwt */
                jwt?: (string|null);

                /** Enrolled seconds */
                seconds?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Enrolled. */
            type $Shape = lockstep.v1.Enrolled.$Properties;
        }

        /**
         * Properties of a LogLine.
         * @deprecated Use lockstep.v1.LogLine.$Properties instead.
         */
        interface ILogLine extends lockstep.v1.LogLine.$Properties {
        }

        /** Represents a LogLine. */
        class LogLine {

            /**
             * Constructs a new LogLine.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.LogLine.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LogLine milliseconds. */
            milliseconds: number;

            /** LogLine level. */
            level: string;

            /** LogLine message. */
            message: string;

            /** LogLine details. */
            details: string;

            /**
             * Encodes the specified LogLine message. Does not implicitly {@link lockstep.v1.LogLine.verify|verify} messages.
             * @param message LogLine message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.LogLine.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LogLine message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.LogLine & lockstep.v1.LogLine.$Shape} LogLine
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.LogLine & lockstep.v1.LogLine.$Shape;
        }

        namespace LogLine {

            /** Properties of a LogLine. */
            interface $Properties {

                /** LogLine milliseconds */
                milliseconds?: (number|null);

                /** LogLine level */
                level?: (string|null);

                /** LogLine message */
                message?: (string|null);

                /** LogLine details */
                details?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LogLine. */
            type $Shape = lockstep.v1.LogLine.$Properties;
        }

        /**
         * Properties of a Logs.
         * @deprecated Use lockstep.v1.Logs.$Properties instead.
         */
        interface ILogs extends lockstep.v1.Logs.$Properties {
        }

        /** Represents a Logs. */
        class Logs {

            /**
             * Constructs a new Logs.
             * @param [properties] Properties to set
             */
            constructor(properties?: lockstep.v1.Logs.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Logs worker. */
            worker: string;

            /** Logs job. */
            job: string;

            /** Logs lines. */
            lines: lockstep.v1.LogLine.$Properties[];

            /** Logs dropped. */
            dropped: number;

            /**
             * Encodes the specified Logs message. Does not implicitly {@link lockstep.v1.Logs.verify|verify} messages.
             * @param message Logs message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: lockstep.v1.Logs.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Logs message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {lockstep.v1.Logs & lockstep.v1.Logs.$Shape} Logs
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): lockstep.v1.Logs & lockstep.v1.Logs.$Shape;
        }

        namespace Logs {

            /** Properties of a Logs. */
            interface $Properties {

                /** Logs worker */
                worker?: (string|null);

                /** Logs job */
                job?: (string|null);

                /** Logs lines */
                lines?: (lockstep.v1.LogLine.$Properties[]|null);

                /** Logs dropped */
                dropped?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Logs. */
            type $Shape = lockstep.v1.Logs.$Properties;
        }
    }
}
