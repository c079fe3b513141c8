/* What `kermesse/verifier` is, everywhere. */
export {
  openVerifier,
  openVerifierAt,
  type ProvenBalance,
  type ProvenReceipt,
  type TrustedAuthorities,
  transactionHash,
  type Unproven,
  type Verifier,
} from '../verifier.ts'
