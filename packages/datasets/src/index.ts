export { convert, NORMALISATIONS, type ConvertOptions, type Normalisation } from './convert.js';
export { readCsv } from './formats/csv.js';
export { decodePicture, type PictureForm } from './formats/picture.js';
export { MISSING_RULES, TASKS, type MissingRule } from './formats/table.js';
export { FORMATS, guessFormat, openSource, type Format, type SourceOptions } from './open-source.js';
export type { ShardSink } from './shard-writer.js';
export type { InputPart, Sample, Source } from './source.js';
export type { SplitShare } from './split-rows.js';
