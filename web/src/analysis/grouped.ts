// Things by what they have in common, each group where its first member stood.

export function grouped<K, T>(things: readonly T[], of: (thing: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const thing of things) {
    const group = groups.get(of(thing))
    if (group) group.push(thing)
    else groups.set(of(thing), [thing])
  }
  return groups
}
