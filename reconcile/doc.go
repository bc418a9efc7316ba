// Package reconcile matches statements of others, be they of a bank, a provider or
// the central bank's API Pix, against the ledger of an account, and keeps what it
// found: which lines go together, which don't, and why. Files and ledgers of any
// length are matched in bounded memory. It knows nothing of HTTP, and changes no
// money.
package reconcile
