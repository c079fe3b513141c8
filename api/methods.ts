/** Which methods each resource has: a wrong method is told from a wrong address. */
export class ResourceMethods {
  readonly #resources: { readonly segments: readonly string[]; readonly methods: Set<string> }[] =
    []

  /** Notes a route by its pattern. */
  add(pattern: string, methods: string | readonly string[]): void {
    const segments = pattern.split('/')
    const known = this.#resources.find((one) => one.segments.join('/') === pattern)
    const noted = known?.methods ?? new Set()
    for (const method of [methods].flat()) noted.add(method)
    if (known === undefined) this.#resources.push({ segments, methods: noted })
  }

  /** As `Allow` says them (RFC 9110 §10.2.1); undefined where there is no resource. */
  at(url: string): string | undefined {
    const path = url.split(/[?#]/, 1)[0] ?? ''
    const segments = path.split('/')
    const methods = this.#resources
      .filter((resource) => isAt(resource.segments, segments))
      .flatMap((resource) => [...resource.methods])
    return methods.length === 0 ? undefined : [...new Set(methods)].toSorted().join(', ')
  }
}

/** `:name` is any one part, a final `*` all that is left. */
const isAt = (pattern: readonly string[], path: readonly string[]): boolean => {
  const isOpen = pattern.at(-1) === '*'
  return (
    (isOpen ? pattern.length <= path.length : pattern.length === path.length) &&
    pattern.every((part, index) => part === '*' || isPart(part, path[index]))
  )
}

const isPart = (part: string, given: string | undefined): boolean =>
  part.startsWith(':') ? given !== '' : part === given
