// What the digits of a resident ID say, as a suggestion for the form. Whether the number is right is the
// program's to judge; here nothing is refused.
export interface Suggestion {
  birth: string;
  sex: "male" | "female";
}

export function suggest(idNumber: string): Suggestion | null {
  const text = idNumber.trim();
  if (!/^\d{17}[\dXx]$/.test(text)) return null;
  const birth = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`;
  const when = new Date(`${birth}T00:00:00`);
  if (Number.isNaN(when.getTime())) return null;
  return { birth, sex: Number(text[16]) % 2 === 1 ? "male" : "female" };
}
