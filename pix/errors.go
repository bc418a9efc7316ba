package pix

import (
	"errors"
	"fmt"

	"github.com/saldo-pix/saldo/money"
)

// What can be wrong with a command. Errors of the ledger come as they are.
var (
	ErrDuplicate      = errors.New("already used")
	ErrNotFound       = errors.New("not found")
	ErrScenario       = errors.New("sandbox scenarios are for sandbox accounts")
	ErrPixKeyTaken    = errors.New("pix key belongs to an account already")
	ErrAccountExists  = errors.New("account exists")
	ErrAmountTooLarge = errors.New("amount is too large")
	ErrPaymentHold    = errors.New("hold belongs to a payment and ends with it")
	ErrCaseConflict   = errors.New("case has a hold with other terms")
	ErrNotCustomer    = errors.New("not a customer account")
	ErrNotReceipt     = errors.New("not a receipt")
	ErrNotSettled     = errors.New("receipt is not confirmed")
	ErrReturnTooLate  = errors.New("the receipt is older than 89 days")
	ErrDisputed       = errors.New("a MED case is open on the receipt")
	ErrOverRemaining  = errors.New("more than what is left to return")
	ErrMEDHold        = errors.New("hold belongs to a MED case and ends with it")
)

// DuplicateError tells which movement has the id already. It matches
// ErrDuplicate.
type DuplicateError struct {
	Field string     // the field of the request that repeats
	First MovementID // 0 if it may not be told
}

func (e *DuplicateError) Error() string {
	if e.First == 0 {
		return e.Field + " is already used"
	}
	return fmt.Sprintf("%s is already used by %s", e.Field, e.First)
}

// Is makes errors.Is find the sentinel.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }

// RemainingError tells how much of a receipt may still be returned, in centavos.
// It matches ErrOverRemaining.
type RemainingError struct{ Remaining, Wanted money.Centavos }

func (e *RemainingError) Error() string {
	return fmt.Sprintf("%s is more than the %s that are left to return", e.Wanted, e.Remaining)
}

// Is makes errors.Is find the sentinel.
func (e *RemainingError) Is(target error) bool { return target == ErrOverRemaining }
