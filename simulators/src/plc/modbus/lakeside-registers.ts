import type { PackmlState } from "@only-mes/protocols/plant/machine-state";
import {
  emptyImage,
  setFloat32,
  setFloat64,
  setText,
  setUint16,
  setUint32,
  setUint64,
  type RegisterImage,
} from "./registers.ts";

/** What the PLC of a press shows. */
export interface PressView {
  goodCount: number;
  scrapCount: number;
  state: PackmlState;
  stopCode: number;
  stateChangedAtMs: number;
  strokes: number;
  /** kN */
  tonnage: number;
  /** °C */
  oilTemperature: number;
  guardClosed: boolean;
  lubricationOk: boolean;
  die: string;
}

/** The vendor's own numbers; a press has no states beyond these. */
export const pressStateCodes: Partial<Record<PackmlState, number>> = {
  Stopped: 0,
  Starting: 10,
  Execute: 20,
  Suspended: 30,
  Held: 40,
  Aborted: 50,
  Complete: 60,
  Idle: 70,
};

const stopped = 0;

/**
 * Holding registers of a press, base 0. 14 to 19 are reserved and read 0. Discrete input 0 and coil
 * 0: guard closed.
 */
export function pressRegisters(view: PressView): RegisterImage {
  const image = emptyImage(0, 28);
  setUint16(image, 0, view.goodCount);
  setUint16(image, 1, view.scrapCount);
  setUint16(image, 2, pressStateCodes[view.state] ?? stopped);
  setUint16(image, 3, view.stopCode);
  setUint64(image, 4, view.stateChangedAtMs, "ABCD");
  setUint32(image, 8, view.strokes, "CDAB");
  setFloat32(image, 10, view.tonnage, "ABCD");
  setUint16(image, 12, Math.round(view.oilTemperature * 10));
  setUint16(image, 13, (view.guardClosed ? 1 : 0) | (view.lubricationOk ? 2 : 0));
  setText(image, 20, view.die, 16);
  return { ...image, bits: [view.guardClosed] };
}

export interface MeterView {
  powerKw: number;
  wattHours: number;
}

/** Holding registers of the energy meter, base 0. */
export function meterRegisters({ powerKw, wattHours }: MeterView): RegisterImage {
  const image = emptyImage(100, 8);
  setFloat32(image, 100, powerKw, "CDAB");
  setUint32(image, 102, Math.floor(wattHours) % 2 ** 32, "BADC");
  setFloat64(image, 104, wattHours / 1000, "DCBA");
  return image;
}
