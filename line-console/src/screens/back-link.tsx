import type { ComponentProps } from "react";
import { Link } from "../navigation/navigation.tsx";
import style from "./back-link.module.css";

/** Leads up one level; big enough for a glove, and always at the same place. */
export function BackLink({ to, children }: Pick<ComponentProps<typeof Link>, "to" | "children">) {
  return (
    <Link className={style.back} to={to}>
      <svg viewBox="0 0 24 24" width="1.4em" height="1.4em" aria-hidden="true">
        <path
          d="M14.5 5 7.5 12l7 7"
          fill="none"
          stroke="currentColor"
          strokeWidth="2.4"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <span>{children}</span>
    </Link>
  );
}
