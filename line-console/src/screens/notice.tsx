import type { ReactNode } from "react";
import style from "./notice.module.css";

/** A whole screen that has nothing to show, and says why. */
export function Notice({
  title,
  hint,
  children,
}: {
  title: string;
  hint?: string;
  children?: ReactNode;
}) {
  return (
    <section className={style.notice}>
      <h1 className={style.title}>{title}</h1>
      {hint !== undefined && <p className={style.hint}>{hint}</p>}
      {children}
    </section>
  );
}
