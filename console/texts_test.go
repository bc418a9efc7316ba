package console_test

import (
	"testing"

	"github.com/saldo-pix/saldo/test/texts"
)

func TestEveryLanguageSaysTheSame(t *testing.T) { texts.Compare(t) }

func TestEveryTextIsThereAndIsUsed(t *testing.T) { texts.Use(t) }
