/** Who had a hand in a dispensing before it is handed over, by id. */
export interface Hands {
  reviewer: string;
  picker: string;
  checker: string;
}
