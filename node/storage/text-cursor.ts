/**
 * The strings of one kind that texts name again and again, ids above all, each content once: a million cards
 * name their wallets in four records each.
 */
export type KnownTexts = {
  /** What is likely named next. */
  readonly guess: () => string | undefined
  /** The guess was right. */
  readonly confirm: () => void
  /** The known string of this content, or undefined; the next guess goes by it. */
  readonly find: (text: string) => string | undefined
  /** Takes a new one in, which nothing else keeps in memory. */
  readonly add: (text: string) => void
}

/**
 * Reads a canonical text from left to right. Where something else follows than is asked for the cursor has
 * failed: whatever it gives from then on means nothing, and `ended` says so.
 */
export class TextCursor {
  #text = ''
  #at = 0
  #failed = false

  begin(text: string): void {
    this.#text = text
    this.#at = 0
    this.#failed = false
  }

  /** Whether the whole text was what was asked for. */
  ended(): boolean {
    return !this.#failed && this.#at === this.#text.length
  }

  /** Exactly this follows. */
  pass(literal: string): void {
    if (!this.passIf(literal)) this.#failed = true
  }

  /** Whether exactly this follows; then it is behind the cursor. */
  passIf(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.#at)) return false
    this.#at += literal.length
    return true
  }

  /** A number of at most fifteen digits, as JSON writes it. */
  whole(): number {
    const from = this.#at
    let value = 0
    let digit = this.#digit()
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      this.#at += 1
      digit = this.#digit()
    }
    const digits = this.#at - from
    const isLed = digits > 1 && this.#text.charCodeAt(from) === ZERO
    if (digits === 0 || digits > DIGITS_MAX || isLed) this.#failed = true
    return value
  }

  /** What stands up to the next quotation mark, which is behind the cursor then: a string of its own. */
  own(): string {
    const to = this.#text.indexOf(QUOTE, this.#at)
    const found = this.#plain(to)
    this.#at = to < 0 ? this.#text.length : to + 1
    return found
  }

  /** The same, as the one string that is known of this content. */
  known(texts: KnownTexts): string {
    const guess = texts.guess()
    if (guess !== undefined && this.#isAhead(guess)) {
      this.#at += guess.length + 1
      texts.confirm()
      return guess
    }
    const to = this.#text.indexOf(QUOTE, this.#at)
    const found = texts.find(this.#text.slice(this.#at, to))
    if (found !== undefined) {
      this.#at = to + 1
      return found
    }
    const text = this.own()
    if (!this.#failed) texts.add(text)
    return text
  }

  #isAhead(text: string): boolean {
    const to = this.#at + text.length
    return this.#text.charCodeAt(to) === QUOTE_CODE && this.#text.startsWith(text, this.#at)
  }

  #digit(): number {
    return this.#text.charCodeAt(this.#at) - ZERO
  }

  /** A copy of what stands from the cursor up to here: a part of the text would keep all of it in memory. */
  #plain(to: number): string {
    const length = to - this.#at
    if (length < 0 || length > scratch.length) {
      this.#failed = true
      return ''
    }
    for (let index = 0; index < length; index++) {
      const code = this.#text.charCodeAt(this.#at + index)
      if (code < SPACE || code > TILDE || code === BACKSLASH) this.#failed = true
      scratch[index] = code
    }
    return scratch.toString('latin1', 0, length)
  }
}

/** Longer than every id and name. */
const scratch = Buffer.alloc(256)

const QUOTE = '"'
const QUOTE_CODE = 0x22
const ZERO = 0x30
const SPACE = 0x20
const TILDE = 0x7e
const BACKSLASH = 0x5c
const DIGITS_MAX = 15
