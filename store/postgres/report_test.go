package postgres_test

import (
	"testing"

	"github.com/saldo-pix/saldo/book/booktest"
)

func TestReports(t *testing.T) { booktest.TestReports(t, empty) }
