import { useSpeech } from "../../brand/speech.ts";
import { useTitle } from "../../frame/use-title.ts";
import { BackLink } from "../back-link.tsx";
import { Notice } from "../notice.tsx";

/** Nothing is at this address: says what was looked for, and leads back. */
export function NotFound({ title }: { title?: string }) {
  const { t } = useSpeech();
  const said = title ?? t("notFound.title");
  useTitle(said);
  return (
    <Notice title={said} hint={t("notFound.hint")}>
      <BackLink to={{ screen: "andon" }}>{t("nav.back")}</BackLink>
    </Notice>
  );
}
