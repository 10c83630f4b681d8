import type { DatabaseSync } from "node:sqlite";
import {
  deliveryDroppedMetric,
  deliveryEpochMetric,
  deliverySequenceMetric,
} from "@only-mes/protocols/sparkplug/delivery";
import { datatypes, type Datatype } from "@only-mes/protocols/sparkplug/payload";
import type { prepareStatements } from "./statements.ts";

/** Of the metrics that each message of a device carries beside its samples. */
export interface DeliveryAliases {
  readonly epochAlias: number;
  readonly sequenceAlias: number;
  readonly droppedAlias: number;
}

const deliveryMetrics = [deliveryEpochMetric, deliverySequenceMetric, deliveryDroppedMetric];

/** [OB6] Metrics by number, as they are called on the wire: given out once, over restarts. */
export class Aliases {
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #ofDelivery = new Map<string, DeliveryAliases>();
  readonly #deliveryNumbers: Set<number>;

  constructor(db: DatabaseSync, statements: ReturnType<typeof prepareStatements>) {
    this.#db = db;
    this.#statements = statements;
    this.#deliveryNumbers = new Set(
      deliveryMetrics.flatMap((metric) =>
        statements.deliveryAliases.all(metric).map(({ alias }) => Number(alias)),
      ),
    );
  }

  /** The device belongs to the names of its metrics: units of two lines may be called alike. */
  of(device: string, metrics: readonly { name: string; datatype: Datatype }[]): number[] {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const aliases = metrics.map(({ name, datatype }) => {
        const key = `${device}/${name}`;
        const known = this.#statements.aliasOf.get(key, datatype);
        if (known !== undefined) return Number(known["alias"]);
        return Number(this.#statements.newAlias.run(key, datatype).lastInsertRowid);
      });
      this.#db.exec("COMMIT");
      return aliases;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** The datatype that a metric had last, if it ever had one. */
  lastDatatypeOf(device: string, metric: string): Datatype | undefined {
    const row = this.#statements.datatypeOf.get(`${device}/${metric}`);
    return row === undefined ? undefined : (Number(row["datatype"]) as Datatype);
  }

  /** To be called for each device before its first samples. */
  ofDelivery(device: string): DeliveryAliases {
    const known = this.#ofDelivery.get(device);
    if (known !== undefined) return known;
    const { UInt64, String } = datatypes;
    const [epochAlias = 0, sequenceAlias = 0, droppedAlias = 0] = this.of(device, [
      { name: deliveryEpochMetric, datatype: UInt64 },
      { name: deliverySequenceMetric, datatype: UInt64 },
      { name: deliveryDroppedMetric, datatype: String },
    ]);
    const aliases = { epochAlias, sequenceAlias, droppedAlias };
    this.#ofDelivery.set(device, aliases);
    this.#deliveryNumbers.add(epochAlias).add(sequenceAlias).add(droppedAlias);
    return aliases;
  }

  /** That were told of in this run. */
  devices(): string[] {
    return [...this.#ofDelivery.keys()];
  }

  isOfDelivery(alias: number): boolean {
    return this.#deliveryNumbers.has(alias);
  }
}
