/** Bounds of the control socket, each with its reason. Times in milliseconds, sizes in bytes. */

/** Largest command: a roll of 500 cards named one by one. */
export const COMMAND_BYTES_MAX = 131_072
/** Largest answer: every grant of a place with a thousand tills. */
export const ANSWER_BYTES_MAX = 4_194_304
/** How long a command waits for its transaction to be final. */
export const OUTCOME_WAIT_MS = 10_000
/** How long a client waits for the whole answer: several transactions one after the other. */
export const COMMAND_DEADLINE_MS = 45_000
/** How long a transaction signed for a command is worth something; a retry has the same id. */
export const COMMAND_LIFE_MS = 600_000
/** Longest path of a unix domain socket: 104 bytes on macOS, 108 on Linux, with the final zero. */
export const SOCKET_PATH_BYTES_MAX = 103
/** Longest name of an API key that is asked about. */
export const KEY_ID_LENGTH_MAX = 64
/** Connections at one time: a person and a few scripts. */
export const CONTROL_CONNECTIONS_MAX = 16
