import { useText } from "../app/use-app.ts";
import { useNow } from "../app/use-now.ts";
import { namedDay } from "../state/timeline.ts";

/** The day on which what follows was said. */
export function DayLine({ at }: { readonly at: number }): React.ReactNode {
  const { t, locale } = useText();
  const now = useNow(60_000);
  const named = namedDay(at, now);
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const date = new Date(at).toLocaleDateString(locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(isThisYear ? {} : { year: "numeric" }),
  });
  return (
    <div className="day-line">
      <span>{named === undefined ? date : t(`day.${named}`)}</span>
    </div>
  );
}
