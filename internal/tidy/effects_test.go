package tidy_test

import (
	"testing"

	"github.com/saldo-pix/saldo/internal/tidy"
)

func TestEffectsOfThisTree(t *testing.T) {
	wantNone(t, tidy.PlannedEffects.Check(thisTree(t)))
}

func TestFloatsOfThisTree(t *testing.T) {
	wantNone(t, tidy.Floats(thisTree(t), tidy.Exact, tidy.PlannedArrows.TestSupport))
}

func TestEffects(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"the clock read", "auth/a.go", `import "time"
			var t = time.Now()`, []string{":3: Now of time"}},
		{"the clock passed on", "auth/a.go", `import "time"
			var now = time.Now`, []string{":3: Now of time"}},
		{"the clock by another name", "auth/a.go", `import clock "time"
			var t = clock.Since(then)`, []string{":3: Since of time"}},
		{"the clock without a name", "auth/a.go", `import . "time"`, []string{":2: everything of time"}},
		{"times and timers", "auth/a.go", `import "time"
			var t = time.NewTimer(time.Second)`, nil},
		{"a method named alike", "auth/a.go", `var t = clock.Now()`, nil},
		{"chance", "auth/a.go", `import "math/rand/v2"
			var n = rand.N(6)`, []string{":3: N of math/rand/v2"}},
		{"chance from a seed", "auth/a.go", `import "math/rand/v2"
			var r = rand.New(rand.NewPCG(1, 2))`, nil},
		{"secrets", "auth/a.go", `import "crypto/rand"
			var r = rand.Reader`, []string{":3: Reader of crypto/rand"}},
		{"secrets from a given reader", "auth/a.go", `import "crypto/rand"
			func f(r io.Reader) { rand.Int(r, max) }`, nil},
		{"identifiers by chance", "outbox/o.go", `import "github.com/google/uuid"
			var id = uuid.NewString()`, []string{":3: NewString of"}},
		{"identifiers parsed", "outbox/o.go", `import "github.com/google/uuid"
			var id, err = uuid.Parse(s)`, nil},
		{"a test", "auth/a_test.go", `import "time"
			var t = time.Now()`, nil},
		{"the program", "cmd/saldo/main.go", `import "time"
			var now = time.Now`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := treeOf(t, map[string]string{tt.file: "package p\n" + tt.text})
			want(t, tidy.PlannedEffects.Check(tree), prefixed(tt.file, tt.want)...)
		})
	}
}

func TestFloats(t *testing.T) {
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"whole numbers", "money/m.go", `type Centavos int64`, nil},
		{"a type", "money/m.go", `func f(reais float64) {}`, []string{":2: float64"}},
		{"a small type", "store/pebble/s.go", `type rate struct{ r float32 }`, []string{":2: float32"}},
		{"a number", "ledger/l.go", `var fee = 0.99`, []string{":2: 0.99"}},
		{"a test", "ledger/l_test.go", `var fee = 0.99`, nil},
		{"test support", "book/booktest/b.go", `var share = 0.5`, nil},
		{"elsewhere", "bench/b.go", `var share float64`, nil},
		{"a folder named alike", "storefront/s.go", `var share float64`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := treeOf(t, map[string]string{tt.file: "package p\n" + tt.text})
			got := tidy.Floats(tree, tidy.Exact, []string{"book/booktest"})
			want(t, got, prefixed(tt.file, tt.want)...)
		})
	}
}
