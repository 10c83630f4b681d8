import type { ReactNode } from "react";
import { Component } from "react";
import { useSpeech } from "../brand/speech.ts";
import { Notice } from "../screens/notice.tsx";
import { reloadSoon } from "./reload.ts";
import style from "./safety-net.module.css";

const reloadAfterMs = 10_000;

/** A screen that fails says so, and begins anew by itself: a wall display has nobody to reload it. */
export class SafetyNet extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override componentDidCatch(): void {
    reloadSoon(reloadAfterMs);
  }

  override render() {
    return this.state.hasFailed ? <Failed /> : this.props.children;
  }
}

function Failed() {
  const { t } = useSpeech();
  return (
    <Notice title={t("failure.title")} hint={t("failure.hint")}>
      <button className={style.reload} type="button" onClick={() => reloadSoon(0)}>
        {t("lost.reload")}
      </button>
    </Notice>
  );
}
