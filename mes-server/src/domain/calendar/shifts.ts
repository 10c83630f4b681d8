/** One shift as it really happens: its length follows the clock changes of its zone. */
export interface ShiftInstance {
  /** Business date and name, such as `2026-11-22 night`; the business date is that of its start. */
  id: string;
  name: string;
  businessDate: string;
  startMs: number;
  /** Not part of the shift: the next one begins with it. */
  endMs: number;
  crew?: string | null;
  breaks?: readonly ShiftBreak[];
  /** Not a shift, but the time between two of them. Its id begins with the instant of its start. */
  isUnscheduled?: true;
}

/** A shift of a line as it is stored. */
export interface LineShift extends ShiftInstance {
  /** null: nobody said which. */
  crew: string | null;
  /** Pattern and version that it follows from; null: nothing was set. */
  pattern: string | null;
  patternVersion: number | null;
  /** Within the shift, in order, apart from each other. */
  breaks: ShiftBreak[];
}

export interface ShiftBreak {
  name: string;
  fromMs: number;
  toMs: number;
}
