/** Running mean and deviation (Welford 1962: no cancellation, however large the mean) and range of several series. */
export class RunningStatistics {
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  readonly #minimum: Float64Array;
  readonly #maximum: Float64Array;
  #count = 0;

  constructor(readonly series: number) {
    this.#mean = new Float64Array(series);
    this.#squares = new Float64Array(series);
    this.#minimum = new Float64Array(series).fill(Infinity);
    this.#maximum = new Float64Array(series).fill(-Infinity);
  }

  /** `values` holds the series in turn: a whole number of times as many as there are series. */
  add(values: ArrayLike<number>): void {
    for (let start = 0; start < values.length; start += this.series) {
      this.#count += 1;
      for (let index = 0; index < this.series; index += 1) this.#addTo(index, values[start + index] ?? 0);
    }
  }

  get count(): number {
    return this.#count;
  }

  mean(index: number): number {
    return this.#mean[index] ?? 0;
  }

  /** Of the population. */
  deviation(index: number): number {
    return this.#count === 0 ? 0 : Math.sqrt((this.#squares[index] ?? 0) / this.#count);
  }

  minimum(index: number): number {
    return this.#minimum[index] ?? 0;
  }

  maximum(index: number): number {
    return this.#maximum[index] ?? 0;
  }

  #addTo(index: number, value: number): void {
    const before = value - (this.#mean[index] ?? 0);
    const mean = (this.#mean[index] ?? 0) + before / this.#count;
    this.#mean[index] = mean;
    this.#squares[index] = (this.#squares[index] ?? 0) + before * (value - mean);
    if (value < (this.#minimum[index] ?? 0)) this.#minimum[index] = value;
    if (value > (this.#maximum[index] ?? 0)) this.#maximum[index] = value;
  }
}
