/** A data message on its way from the broker to the database. */
export interface StagedMessage {
  /** `<group>/<edge node>` */
  source: string;
  device: string;
  topic: string;
  /** Which birth its aliases belong to. */
  binding: number;
  epoch: number;
  sequence: number;
  /** It comes again if it is dropped: its source declares Delivery/*. */
  isResent: boolean;
  payload: Uint8Array;
  /** Metrics in it: as many samples at most. */
  samplesMax: number;
}
