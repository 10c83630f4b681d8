import {
  asHistorical,
  encodeDdataBody,
  withSeq,
  type DdataSample,
} from "@only-mes/protocols/sparkplug/ddata";
import { datatypes, type Datatype } from "@only-mes/protocols/sparkplug/payload";
import { peekPayload } from "../../../mes-server/src/intake/peekPayload.ts";
import {
  bindingTable,
  readMessage,
  type ReadMessage,
} from "../../../mes-server/src/pipeline/readMessage.ts";
import { signalFold, type SignalFold } from "../../../mes-server/src/pipeline/signalFold.ts";
import {
  fraction,
  oneOf,
  randomFor,
  wholeIn,
  type RandomState,
} from "@only-mes/simulators/clock/random";
import { damaged } from "../mutations.ts";
import { demand, Misattributed, type FuzzTarget } from "../target.ts";
import { anyDatatype, anyValue } from "./any-payload.ts";

/** From the bytes that a gateway stores to the samples that a lane folds: each value to its own signal. */
export const ddata: FuzzTarget = {
  what: "DDATA from the gateway's encoder to the server's lanes, whole, historical and damaged",
  attempt(random) {
    const samples = Array.from({ length: wholeIn(random, [0, 12]) }, () => anySample(random));
    const sequence = wholeIn(random, [0, 2 ** 40]);
    const body = encodeDdataBody(
      nowMs,
      { epochAlias: 1, epoch, sequenceAlias: 2, sequence },
      samples,
    );
    const isHistorical = fraction(random) < 0.3;
    const told = isHistorical ? asHistorical(body, (alias) => alias < 3) : body;
    const bytes = withSeq(told, wholeIn(random, [0, 255]));
    const isWhole = fraction(random) < 0.4;
    if (!isWhole) return judgeDamaged(readMessage(damaged(bytes, random), context(sequence)));
    const glimpse = peekPayload(bytes, { epoch: 1, sequence: 2 });
    demand(glimpse.epoch, epoch, "epoch");
    demand(glimpse.sequence, sequence, "sequence");
    demand(glimpse.metrics, samples.length + 2, "metrics");
    // A message is in time order, and of equal times what came first is first.
    const sent = samples.toSorted((a, b) => a.timestampMs - b.timestampMs);
    judgeWhole(readMessage(bytes, context(sequence)), sent);
    return isHistorical ? "historical" : "whole";
  },
};

const epoch = 2 ** 53 - 1;
const nowMs = Date.UTC(2026, 0, 1);
const firstAlias = 3;

/** Sixty signals of all types behind one birth. Alias and key differ, so that none stands for the other. */
const signals = Array.from({ length: 60 }, (_, index) => ({
  alias: firstAlias + index,
  key: 1000 + index * 7,
  datatype: anyDatatype(randomFor(index, "ddata-signal")),
}));

const folds: ReadonlyMap<number, SignalFold> = new Map(
  signals.map(({ key, datatype }) => [
    key,
    signalFold(
      { key, id: `line.unit.${key}`, unit: "line.unit", role: "analog", datatype },
      undefined,
    ),
  ]),
);

const binding = bindingTable({
  id: 1,
  metrics: signals.map(({ alias, key, datatype }) => ({
    name: `unit/${key}`,
    alias,
    datatype,
    signal: key,
  })),
  ignoredAliases: [1, 2],
  strict: true,
});

function context(sequence: number) {
  return { binding, folds, epoch, sequence, plantNowMs: nowMs };
}

function anySample(random: RandomState): DdataSample {
  const { alias, datatype } = oneOf(random, signals as [(typeof signals)[0]]);
  return {
    alias,
    datatype,
    timestampMs: nowMs - wholeIn(random, [0, 86_400_000]),
    value: fraction(random) < 0.1 ? null : anyValue(datatype, random),
  };
}

function judgeWhole(read: ReadMessage, sent: readonly DdataSample[]): void {
  if (read.kind !== "samples") throw new Misattributed(`a whole message was ${read.kind}`);
  const good = sent.filter(({ value }) => !(typeof value === "number" && !Number.isFinite(value)));
  demand(read.samples.length, good.length, "samples");
  demand(read.refusals.length, sent.length - good.length, "refusals");
  good.forEach(({ alias, datatype, timestampMs, value }, at) => {
    const { fold, sample } = read.samples[at] ?? {};
    demand(fold?.signal.key, signals[alias - firstAlias]?.key, `signal of alias ${alias}`);
    demand(sample?.tsMs, timestampMs, "time");
    demand(sample?.quality, value === null ? 0 : 192, "quality");
    const { number, text } = stored(datatype, value);
    demand(sample?.value, number, `value of alias ${alias}`);
    demand(sample?.text, text, `text of alias ${alias}`);
  });
}

/** The columns of a sample. */
function stored(datatype: Datatype, value: DdataSample["value"]) {
  if (value === null) return { number: null, text: null };
  if (datatype === datatypes.String || datatype === datatypes.Text) {
    return { number: null, text: String(value).replaceAll("\0", "\uFFFD") };
  }
  return { number: Number(value), text: typeof value === "bigint" ? value.toString() : null };
}

/** Damage can make another message, but never a sample without a signal or with an impossible value. */
function judgeDamaged(read: ReadMessage): string {
  if (read.kind !== "samples") return read.kind;
  for (const { fold, sample } of read.samples) {
    demand(folds.get(fold.signal.key), fold, "the fold");
    const { value, text, quality } = sample;
    if (value !== null && !Number.isFinite(value)) throw new Misattributed(`a value of ${value}`);
    if (quality === 192 && value === null && text === null) {
      throw new Misattributed("a good sample without a value");
    }
  }
  return read.refusals.length > 0 ? "read in part" : "read";
}
