// Package report is the daily report of an account and of the house: what was
// there when a day began, what came and went, what is left and what of it is
// blocked, whether that adds up, and what somebody should look at. It knows
// nothing of who asks.
package report

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/statement"
)

// Status tells whether anything in a report needs a look.
type Status string

// The statuses.
const (
	OK    Status = "OK"
	Alert Status = "ALERT" // there are reasons
)

// Head is what the reports of an account and of the house begin with. All amounts
// of reports are in reais on the wire.
type Head struct {
	Date    statement.Day `json:"date"` // in São Paulo
	Status  Status        `json:"status"`
	Reasons []Reason      `json:"reasons"` // empty where the status is OK
	// AsOf is the instant of the balance: the last of the day, or of a day that is
	// not over (Complete tells), when the report was made.
	AsOf              Instant     `json:"asOf"`
	Complete          bool        `json:"complete"`
	CreatedAt         Instant     `json:"createdAt"`
	Balance           Balance     `json:"balance"`
	BlockedPercentage BasisPoints `json:"blockedPercentage"`
	Flow              Flow        `json:"flow"`
	BlockedFlow       BlockedFlow `json:"blockedFlow"`
	Entries           int         `json:"entries"`
	Kinds             []KindSum   `json:"kinds"` // every kind once
	Holds             Holds       `json:"holds"`
	// OpenAlerts and DeadLetters are counted when the report is made.
	OpenAlerts  int `json:"openAlerts"`
	DeadLetters int `json:"deadLetters"`
}

// Account is the report of one account.
type Account struct {
	Owner
	Head

	tell []uint64 // alert channels that want to be told
}

// Owner is whose account a report is of.
type Owner struct {
	AccountID ledger.AccountID `json:"accountId,string"`
	Name      string           `json:"name"`
	Document  string           `json:"document"`
	BankName  string           `json:"bankName"`
	BankISPB  string           `json:"bankISPB"`
}

// Moved tells whether the report says more than the account's balance: it had
// entries on the day, or blocks at the end of it.
func (a *Account) Moved() bool { return a.Entries > 0 || a.Holds.Open > 0 }

// House is the report of all accounts together. Its balance, flow, kinds and holds
// are the sums over the customers' accounts.
type House struct {
	Head
	Accounts int `json:"accounts"` // of customers, opened until the end of the day
	Moved    int `json:"accountsMoved"`
	// Alerting is how many accounts have the status ALERT, of which the first stand
	// in Alerts.
	Alerting int            `json:"accountsAlerting"`
	Alerts   []AccountAlert `json:"alerts"`
	System   []System       `json:"systemAccounts"`
	Trial    Trial          `json:"trialBalance"`
	Coverage Coverage       `json:"coverage"`
	// SuspenseItems is how many events were in suspense at AsOf.
	SuspenseItems int `json:"suspenseItems"`

	since statement.Day // on which the first account was opened
}

// AlertsMax is how many accounts the report of the house names at most.
const AlertsMax = 100

// AccountAlert is an account that the report of the house names.
type AccountAlert struct {
	AccountID ledger.AccountID `json:"accountId,string"`
	Name      string           `json:"name"`
	Reasons   []Code           `json:"reasons"`
	Net       Amount           `json:"netBalance"`
}

// System is the sum over the operator's accounts of one role.
type System struct {
	Role     string `json:"role"`
	Accounts int    `json:"accounts"`
	Opening  Amount `json:"opening"`
	Closing  Amount `json:"closing"`
}

// Trial is the trial balance at AsOf: the sum over all accounts is zero, but for
// entries that stand on one day in one account and on the next in the other.
type Trial struct {
	Customers  Amount `json:"customers"`
	Settlement Amount `json:"settlement"`
	Fees       Amount `json:"fees"`
	Suspense   Amount `json:"suspense"`
	InTransit  Amount `json:"inTransit"` // explained by entries across midnight
	Difference Amount `json:"difference"`
	Balanced   bool   `json:"balanced"`
}

// Coverage compares what customers have, blocked money included, with what is at
// the rail for them (Circular 3.681, art. 12).
type Coverage struct {
	CustomersGross Amount `json:"customersGross"`
	AtRail         Amount `json:"atRail"`
	Surplus        Amount `json:"surplus"` // what is in transit counted in
	Covered        bool   `json:"covered"`
}

// Balance is the balance at AsOf.
type Balance struct {
	Gross   Amount `json:"grossBalance"`
	Blocked Amount `json:"blockedBalance"`
	Net     Amount `json:"netBalance"`
}

func newBalance(b ledger.Balance) Balance {
	return Balance{Amount(b.Posted), Amount(b.Held), Amount(b.Available())}
}

// Flow leads from the opening to the closing gross balance: opening + credits −
// debits − fees is Expected, and Difference what Closing is more.
type Flow struct {
	Opening    Amount `json:"opening"`
	Credits    Amount `json:"credits"`
	Debits     Amount `json:"debits"`
	Fees       Amount `json:"fees"` // less those that were given back
	Expected   Amount `json:"expected"`
	Closing    Amount `json:"closing"`
	Difference Amount `json:"difference"`
}

// BlockedFlow does the same for what is blocked.
type BlockedFlow struct {
	Opening    Amount `json:"opening"`
	Blocked    Amount `json:"blocked"`
	Unblocked  Amount `json:"unblocked"`
	Expected   Amount `json:"expected"`
	Closing    Amount `json:"closing"`
	Difference Amount `json:"difference"`
}

// KindSum is the sum over the entries of one kind. Credits and debits are without
// fees; what a reversal takes back is a debit where the kind is a credit.
type KindSum struct {
	Kind      statement.Kind `json:"kind"`
	Count     int            `json:"count"`
	Reversals int            `json:"reversals"` // part of Count
	Credits   Amount         `json:"credits"`
	Debits    Amount         `json:"debits"`
	Fees      Amount         `json:"fees"`
	Blocked   Amount         `json:"blocked"`
	Unblocked Amount         `json:"unblocked"`
}

// Moment tells when open holds are counted.
type Moment string

// The moments. ThenOpen is exact: what came after the day is taken back. Where that
// would be too much, it is NowOpen.
const (
	ThenOpen Moment = "as_of"      // at AsOf
	NowOpen  Moment = "created_at" // when the report was made
)

// Holds are the open holds, which are the blocks.
type Holds struct {
	Moment    Moment      `json:"moment"`
	Open      int         `json:"open"`
	Held      Amount      `json:"held"`
	Shortfall Amount      `json:"shortfall"` // asked for, and not there yet
	Short     int         `json:"short"`     // that have a shortfall
	Overdue   int         `json:"overdue"`   // whose deadline has passed
	Oldest    *Instant    `json:"oldestSince"`
	Ages      []AgeSum    `json:"ages"`    // every age once
	Reasons   []ReasonSum `json:"reasons"` // those that there are
}

// Age is a class of ages.
type Age string

// The ages, counted in days of 24 hours from when the hold was opened.
const (
	UpTo1Day   Age = "up_to_1_day"
	UpTo7Days  Age = "up_to_7_days"
	UpTo30Days Age = "up_to_30_days"
	Over30Days Age = "over_30_days"
)

// Ages lists all ages, the youngest first.
func Ages() []Age { return []Age{UpTo1Day, UpTo7Days, UpTo30Days, Over30Days} }

const day = 24 * time.Hour

// ageOf returns the place among Ages of a hold that has been open for some time.
func ageOf(d time.Duration) int {
	switch {
	case d <= day:
		return 0
	case d <= 7*day:
		return 1
	case d <= 30*day:
		return 2
	}
	return 3
}

// AgeSum is the sum over the open holds of one age.
type AgeSum struct {
	Age       Age    `json:"age"`
	Holds     int    `json:"holds"`
	Held      Amount `json:"held"`
	Shortfall Amount `json:"shortfall"`
}

// ReasonSum is the sum over the open holds of one reason.
type ReasonSum struct {
	Reason    string `json:"reason"`
	Holds     int    `json:"holds"`
	Held      Amount `json:"held"`
	Shortfall Amount `json:"shortfall"`
}
