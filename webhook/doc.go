// Package webhook tells accounts what happens on them: it makes the payloads of
// the contract, signs them, posts them to the accounts' endpoints, tries again,
// and keeps what could not be delivered for the operator. It knows nothing of how
// jobs are handed out, and nothing of the APIs.
package webhook
