import type { ReactNode } from "react";
import type { ModeChoice } from "../brand/mode.ts";

export function ModeShape({ choice }: { choice: ModeChoice }) {
  return (
    <svg viewBox="0 0 24 24" width="1.6em" height="1.6em" aria-hidden="true">
      {shapes[choice]}
    </svg>
  );
}

const line = {
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 1.9,
  strokeLinecap: "round",
  strokeLinejoin: "round",
} as const;

const shapes: Record<ModeChoice, ReactNode> = {
  bright: (
    <>
      <circle cx="12" cy="12" r="4.2" {...line} />
      <path
        d="M12 2.5v2.2M12 19.3v2.2M2.5 12h2.2M19.3 12h2.2M5.3 5.3l1.5 1.5M17.2 17.2l1.5 1.5M5.3 18.7l1.5-1.5M17.2 6.8l1.5-1.5"
        {...line}
      />
    </>
  ),
  dark: <path d="M20 14.2A8.3 8.3 0 1 1 9.8 4a6.7 6.7 0 0 0 10.2 10.2z" {...line} />,
  device: (
    <>
      <rect x="3" y="4.5" width="18" height="12" rx="1.8" {...line} />
      <path d="M9 20.3h6M12 16.5v3.8" {...line} />
    </>
  ),
};
