import style from "./choice.module.css";

interface ChoiceProps<Value extends string> {
  label: string;
  values: readonly { value: Value; text: string }[];
  chosen: Value;
  choose: (value: Value) => void;
}

/** One of a few: big keys in a row, of which one is down. */
export function Choice<Value extends string>({
  label,
  values,
  chosen,
  choose,
}: ChoiceProps<Value>) {
  return (
    <div className={style.choice} role="group" aria-label={label}>
      {values.map(({ value, text }) => (
        <button
          key={value}
          className={style.key}
          type="button"
          aria-pressed={value === chosen}
          onClick={() => choose(value)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
