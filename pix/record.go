package pix

// RecordKind tells what a record is about.
type RecordKind uint8

// The kinds of record.
const (
	RecordMED            RecordKind = iota + 1 // a MED case, by the rail's id of it; of the account
	RecordDelivery                             // a webhook that was delivered or given up; of the movement or case
	RecordDeadLetter                           // a webhook that was given up, by its job; of the house (0)
	RecordAlert                                // an alert that has ended, by its number; of the account
	RecordAlertEvent                           // what was told of an alert, by its number; of the alert
	RecordSession                              // somebody who is signed in to the pages, by a hash
	RecordReport                               // a day's report; of the account or the house (0)
	RecordReconciliation                       // a reconciliation, by its number; of the account
	RecordBreak                                // a line that does not match; of the reconciliation
	RecordMatches                              // lines that match, many in one; of the reconciliation
	RecordSuspense                             // how a suspense item was resolved, by its number; of the house (0)
	recordKindEnd
)

// Valid tells whether k is one of the kinds.
func (k RecordKind) Valid() bool { return k > 0 && k < recordKindEnd }

// RecordKey names a record.
type RecordKey struct {
	Kind RecordKind
	Name string
}

// Record is something that is kept beside the ledger and needs no rule of money:
// its kind says what Body means.
type Record struct {
	RecordKey
	Owner  uint64 // whose list it is in; 0 is the house's
	Number uint64 // its place in that list; the newest has the highest
	Body   []byte // JSON; never written through
}
