package cluster

import (
	"os"
	"testing"

	"github.com/saldo-pix/saldo/test/saldotest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	saldotest.RemoveBinaries()
	os.Exit(code)
}
