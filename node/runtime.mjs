// Plain JavaScript: an older Node must be able to read it, and to say what is wrong.

/** The first major version of Node.js that runs this project's TypeScript as it is written. */
export const NODE_MAJOR_MIN = 24

/**
 * Why this Node.js cannot run Kermesse and what to do, in one sentence; undefined when it can.
 * @param {string} version as in `process.versions.node`, for example `20.19.0`
 * @returns {string | undefined}
 */
export const runtimeProblem = (version) => {
  if (Number.parseInt(version, 10) >= NODE_MAJOR_MIN) return undefined
  return (
    `Kermesse needs Node.js ${NODE_MAJOR_MIN} or later and this is ${version}: ` +
    `on Linux run \`npm ci\` without --omit=optional and start it with \`npm run\` or \`npx kermesse\`, ` +
    `elsewhere install Node.js ${NODE_MAJOR_MIN} and try again.`
  )
}

/**
 * Where npm puts the Node.js binary that this project pins for a machine; see docs/adr/0002-runtime-pin.md.
 * @param {string} platform as in `process.platform`
 * @param {string} arch as in `process.arch`
 * @returns {string | undefined} a module path for `import.meta.resolve`, undefined where none is pinned
 */
export const pinnedRuntime = (platform, arch) =>
  platform === 'linux' && (arch === 'x64' || arch === 'arm64')
    ? `node-linux-${arch}/bin/node`
    : undefined
