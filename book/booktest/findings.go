package booktest

import (
	"context"

	"github.com/saldo-pix/saldo/book"
)

// Findings goes over everything in r as saldo verify does and returns what is
// wrong, for tests of packages that know no book.
func Findings(ctx context.Context, r book.Reader) ([]error, error) {
	report, err := book.Verify(ctx, r, nil)
	return report.Findings, err
}
