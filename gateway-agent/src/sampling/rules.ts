import type { Device, Tag, ValueType } from "@only-mes/protocols/device-map/schema";
import { datatypes, type Datatype } from "@only-mes/protocols/sparkplug/payload";
import type { SignalRole } from "@only-mes/protocols/plant/signal";

/** How the readings of one tag become samples; made once, at start-up. */
export interface SamplingRule {
  readonly factor: number;
  readonly offset: number;
  readonly isScaled: boolean;
  /** What a scaled value may be; infinite where nothing is clamped. */
  readonly lowest: number;
  readonly highest: number;
  readonly deadband: Deadband;
  /** The longest silence: after it a value is sent again, changed or not. Plant time. */
  readonly heartbeatMs: number;
}

type Deadband =
  /** Every change passes. */
  | { readonly kind: "none" }
  /** In engineering units, after scaling. */
  | { readonly kind: "absolute"; readonly width: number }
  /** Of the value that was sent last. */
  | { readonly kind: "percent"; readonly fraction: number };

export function samplingRule(tag: Tag, device: Device): SamplingRule {
  return {
    ...lineOf(tag.scale),
    isScaled: tag.scale !== undefined,
    deadband: passesEveryChange[tag.role] ? { kind: "none" } : deadbandOf(tag.deadband),
    heartbeatMs: tag.heartbeatMs ?? device.heartbeatMs,
  };
}

function lineOf(scale: Tag["scale"]) {
  const { factor = 1, offset = 0, from, to, clamp = false } = scale ?? {};
  const free = { lowest: Number.NEGATIVE_INFINITY, highest: Number.POSITIVE_INFINITY };
  if (from === undefined || to === undefined) return { factor, offset, ...free };
  const slope = (to[1] - to[0]) / (from[1] - from[0]);
  const limits = clamp ? { lowest: Math.min(...to), highest: Math.max(...to) } : free;
  return { factor: slope, offset: to[0] - from[0] * slope, ...limits };
}

/** Production is made of these: a deadband never hides one of their changes. */
const passesEveryChange: Record<SignalRole, boolean> = {
  goodCount: true,
  scrapCount: true,
  reworkCount: true,
  machineState: true,
  stopCode: true,
  machineMode: true,
  status: true,
  text: true,
  analog: false,
};

function deadbandOf(deadband: Tag["deadband"]): Deadband {
  if (deadband === undefined) return { kind: "none" };
  if (typeof deadband === "number") return { kind: "absolute", width: deadband };
  return { kind: "percent", fraction: Number.parseFloat(deadband) / 100 };
}

/** The datatype on the wire: that of the tag, or Double once it is scaled. */
export function datatypeOf(type: ValueType, isScaled: boolean): Datatype {
  return isScaled ? datatypes.Double : wireTypes[type];
}

const wireTypes: Record<ValueType, Datatype> = {
  bool: datatypes.Boolean,
  int8: datatypes.Int8,
  uint8: datatypes.UInt8,
  int16: datatypes.Int16,
  uint16: datatypes.UInt16,
  int32: datatypes.Int32,
  uint32: datatypes.UInt32,
  int64: datatypes.Int64,
  uint64: datatypes.UInt64,
  float16: datatypes.Float,
  float32: datatypes.Float,
  float64: datatypes.Double,
  bcd16: datatypes.UInt16,
  bcd32: datatypes.UInt32,
  bcd64: datatypes.UInt64,
  string: datatypes.String,
};
