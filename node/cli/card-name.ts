/** A card as people write it: its `crd1…` identifier, else the UID of its tag. */
export const cardName = (text: string): { readonly card: string } | { readonly tag: string } =>
  text.startsWith('crd1') ? { card: text } : { tag: text }
