const HUES = 6;

/** The first letter of a name, in a colour of its own. */
export function Avatar({ name }: { readonly name: string }): React.ReactNode {
  const [first = "?"] = new Intl.Segmenter().segment(name.trim());
  const letter = typeof first === "string" ? first : first.segment;
  return (
    <span className={`avatar hue-${hueOf(name)}`} aria-hidden="true">
      {letter.toLocaleUpperCase()}
    </span>
  );
}

/** From 0 to 5, the same for the same name. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % HUES;
}
