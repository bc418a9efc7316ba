package pix

import (
	"errors"
	"fmt"
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
)

// DuplicateError tells which movement has the id already. It matches
// ErrDuplicate.
type DuplicateError struct {
	Field string // the field of the request that repeats
	First MovementID
}

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("%s is already used by %s", e.Field, e.First)
}

// Is makes errors.Is find the sentinel.
func (e *DuplicateError) Is(target error) bool { return target == ErrDuplicate }
