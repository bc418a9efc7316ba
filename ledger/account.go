package ledger

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/money"
)

// AccountID names an account. Customer accounts are numbered
// cell × 10^10 + a ten-digit number, so that the cluster an account lives in
// can be read off its id; all ids stay below 2^53, which every JSON reader
// holds exactly.
type AccountID uint64

const (
	stripesPerRole = 1_000
	systemIDMax    = AccountID(int(roleCount)*stripesPerRole - 1)
	// AccountIDMax is the largest id that an account can have.
	AccountIDMax = AccountID(1)<<53 - 1
)

// ErrAccountID means that a text is not the id of a customer account.
var ErrAccountID = errors.New("not an account id")

// ParseAccountID reads the decimal id of a customer account.
func ParseAccountID(s string) (AccountID, error) {
	n, err := strconv.ParseUint(s, 10, 53)
	id := AccountID(n)
	if err != nil || id.Role() != Customer || strconv.FormatUint(n, 10) != s {
		return 0, ErrAccountID
	}
	return id, nil
}

func (id AccountID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Role tells what an account is for.
type Role uint8

// The roles. All but Customer are the operator's own and are striped.
const (
	Customer   Role = iota
	Settlement      // mirror of the money at the rail; a debit means that the rail holds it for us
	Fees            // what customers paid for operations
	Suspense        // money whose owner or purpose is not known yet
	roleCount
)

func (r Role) String() string {
	return [...]string{"customer", "settlement", "fees", "suspense"}[r]
}

// SystemRoles lists the operator's own accounts.
func SystemRoles() []Role { return []Role{Settlement, Fees, Suspense} }

// SystemAccount returns the id of one stripe of a system account. The balance
// of a system account is the sum over its stripes.
func SystemAccount(r Role, stripe int) AccountID {
	if r == Customer || r >= roleCount || stripe < 0 || stripe >= stripesPerRole {
		panic(fmt.Sprintf("ledger: no stripe %d of role %d", stripe, r))
	}
	return AccountID(int(r)*stripesPerRole + stripe)
}

// Role tells what the account is for, which its id says.
func (id AccountID) Role() Role {
	if id < stripesPerRole || id > systemIDMax {
		return Customer
	}
	return Role(id / stripesPerRole)
}

// Balance is what one account owns, in centavos. Posted includes a receipt that
// is still being processed, which is held until it is final.
type Balance struct {
	Posted money.Centavos
	Held   money.Centavos // never negative
}

// Available is what the owner may spend now.
func (b Balance) Available() money.Centavos { return b.Posted - b.Held }

// Account is the newest state of one balance holder.
type Account struct {
	ID AccountID
	Balance
	// Entries is the number of the account's newest entry; they are numbered
	// from 1 without gaps.
	Entries uint64
	// Head is the hash of the newest entry's line for this account.
	Head Hash
	// LastAt is the time of the newest line. Times of an account never go
	// back, whatever the clock does.
	LastAt time.Time
	// Sweeps counts the open holds that still wait for credits.
	Sweeps uint32
}

// ErrInsufficientFunds means that available is less than what was asked for.
var ErrInsufficientFunds = errors.New("insufficient funds")

// InsufficientFundsError tells how much was missing, in centavos. It matches
// ErrInsufficientFunds.
type InsufficientFundsError struct{ Available, Wanted money.Centavos }

func (e *InsufficientFundsError) Error() string {
	return fmt.Sprintf("insufficient funds: available %s, wanted %s", e.Available, e.Wanted)
}

// Is makes errors.Is find the sentinel.
func (e *InsufficientFundsError) Is(target error) bool { return target == ErrInsufficientFunds }
