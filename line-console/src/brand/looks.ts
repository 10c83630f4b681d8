import type { StateLook } from "@only-mes/protocols/plant/machine-state";

export type Mode = "bright" | "dark";

/**
 * The core's own colours of what a machine does. No brand can set them: red means the same in every
 * plant. `fill` is an area with `on` written on it; `ink` is a shape or text on the brand's surfaces.
 * Running is absent: what is normal has the brand's own greys.
 */
export interface LookColours {
  fill: string;
  on: string;
  ink: string;
}

export type AbnormalLook = Exclude<StateLook, "running">;

export const lookColours: Record<Mode, Record<AbnormalLook, LookColours>> = {
  bright: {
    stopped: { fill: "#c5122f", on: "#ffffff", ink: "#b50f2a" },
    waiting: { fill: "#f6ac0a", on: "#211500", ink: "#865200" },
    unknown: { fill: "#5a3ec2", on: "#ffffff", ink: "#5337b8" },
  },
  dark: {
    stopped: { fill: "#d3263c", on: "#ffffff", ink: "#ff7d85" },
    waiting: { fill: "#f6b02a", on: "#211500", ink: "#f6b02a" },
    unknown: { fill: "#6b4fe0", on: "#ffffff", ink: "#b3a2ff" },
  },
};
