import type { StateLook } from "@only-mes/protocols/plant/machine-state";
import type { ReactNode } from "react";

/** Every look has an outline of its own, so that it is known without colour and at a distance. */
export function StateShape({ look, className }: { look: StateLook; className?: string }) {
  return (
    <svg className={className} viewBox="0 0 24 24" width="1em" height="1em" aria-hidden="true">
      {outlines[look]}
    </svg>
  );
}

const outlines: Record<StateLook, ReactNode> = {
  running: (
    <path
      d="M6.5 4.2v15.6L20 12z"
      fill="currentColor"
      stroke="currentColor"
      strokeWidth="2.5"
      strokeLinejoin="round"
    />
  ),
  waiting: (
    <>
      <rect x="4" y="3" width="6" height="18" rx="1.5" fill="currentColor" />
      <rect x="14" y="3" width="6" height="18" rx="1.5" fill="currentColor" />
    </>
  ),
  stopped: (
    <path
      d="M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8z"
      fill="currentColor"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinejoin="round"
    />
  ),
  unknown: (
    <>
      <path
        d="M12 1.8 22.2 12 12 22.2 1.8 12z"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.2"
        strokeLinejoin="round"
      />
      <path
        d="M9.5 9.7a2.6 2.6 0 1 1 3.7 2.4c-.9.4-1.2.9-1.2 1.8"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.9"
        strokeLinecap="round"
      />
      <circle cx="12" cy="16.7" r="1.2" fill="currentColor" />
    </>
  ),
};
