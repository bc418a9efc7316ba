package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// childStore is the variable that makes this test's program a child that opens
// a store.
const childStore = "SALDO_BENCH_TEST_OPEN"

func TestMain(m *testing.M) {
	if url := os.Getenv(childStore); url != "" {
		if err := Serve(context.Background(), url, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// tiny is every workload at a size that shows only whether it works.
func tiny(t *testing.T, store string) Options {
	return Options{
		Connections: 4, Duration: 30 * time.Millisecond, Warmup: 5 * time.Millisecond, Rounds: 2, Store: store,
		Payers: 6, Entries: 2_000, Accounts: 2_500, Events: 60, Streams: 8, Pace: 200,
		CPUProfile: t.TempDir() + "/cpu.pprof", Progress: t.Output(),
		Child: func(ctx context.Context, url string) *exec.Cmd {
			child := exec.CommandContext(ctx, os.Args[0])
			child.Env = append(os.Environ(), childStore+"="+url)
			return child
		},
	}
}

func TestEveryWorkload(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		store            string
		results, figures int
	}{
		{"memory:", 15, 15},
		{"pebble:" + dir, 15, 20},
	}
	for _, test := range tests {
		t.Run(test.store[:6], func(t *testing.T) {
			if test.store == "memory:" {
				t.Chdir(t.TempDir()) // the yardstick's file is there
			}
			report, err := Run(t.Context(), tiny(t, test.store))
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Results) != test.results || len(report.Figures) != test.figures {
				t.Errorf("%d results and %d figures, want %d and %d",
					len(report.Results), len(report.Figures), test.results, test.figures)
			}
			for _, r := range report.Results {
				if r.PerSecond <= 0 || len(r.Rounds) != 2 || r.P50 > r.P99 || r.P99 > r.P999 || r.P999 > r.Max {
					t.Errorf("%+v", r)
				}
			}
			checkPrints(t, report, "balance: saldo / limit", "hot: one account / many accounts")
		})
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func checkPrints(t *testing.T, report *Report, figures ...string) {
	t.Helper()
	var text, markdown, lines bytes.Buffer
	err := errors.Join(report.WriteText(&text), report.WriteMarkdown(&markdown), report.WriteJSON(&lines))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range figures {
		if !strings.Contains(text.String(), want) || !strings.Contains(markdown.String(), "| "+want+" | ") {
			t.Errorf("no %q in\n%s\n%s", want, &text, &markdown)
		}
	}
	var again Report
	if err := json.Unmarshal(lines.Bytes(), &again); err != nil || len(again.Figures) != len(report.Figures) {
		t.Errorf("JSON is not the report: %v\n%s", err, &lines)
	}
}

func TestBigStoresAreKept(t *testing.T) {
	options := tiny(t, "pebble:"+t.TempDir())
	options.Workloads, options.Keep, options.CPUProfile = []string{Accounts}, t.TempDir(), ""
	var told bytes.Buffer
	options.Progress = &told
	for range 2 {
		if _, err := Run(t.Context(), options); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(told.String(), "built "); n != 1 {
		t.Errorf("built %d times, want once:\n%s", n, &told)
	}
}

func TestRunRefusesWhatItDoesNotKnow(t *testing.T) {
	for name, options := range map[string]Options{
		"a workload": {Workloads: []string{"sleep"}, Store: "memory:"},
		"a store":    {Store: "abacus:"},
		"a folder":   {Store: "pebble:" + t.TempDir() + "/missing"},
	} {
		if _, err := Run(t.Context(), options); err == nil {
			t.Errorf("%s that is not there was taken", name)
		}
	}
}

func TestRunEndsWhenItIsToldTo(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	options := tiny(t, "pebble:"+t.TempDir())
	options.Duration, options.CPUProfile = time.Hour, ""
	begin := time.Now()
	if _, err := Run(ctx, options); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("took %s", took)
	}
}

// slow does one operation in 40 ms.
type slow struct{}

func (slow) do() error    { time.Sleep(40 * time.Millisecond); return nil }
func (slow) close() error { return nil }

func TestAMeasurementCountsAtLeastOneOperation(t *testing.T) {
	s := &session{Options: Options{Connections: 1, Duration: time.Millisecond, Warmup: time.Millisecond}}
	m, err := s.measure(t.Context(), func(int) (worker, error) { return slow{}, nil })
	if err != nil || m.took.count == 0 || m.elapsed < 40*time.Millisecond {
		t.Errorf("%d operations in %s, %v", m.took.count, m.elapsed, err)
	}
}

func TestTargets(t *testing.T) {
	for _, test := range []struct {
		target *Target
		value  float64
		met    bool
	}{
		{atLeast(0.85), 0.85, true}, {atLeast(0.85), 0.84, false}, {atMost(5), 5, true}, {atMost(5), 5.1, false},
	} {
		if test.target.met(test.value) != test.met {
			t.Errorf("%+v at %v is not %t", *test.target, test.value, test.met)
		}
	}
}

func TestRatioIsTheMedianOfTheRounds(t *testing.T) {
	var r Report
	r.ratio("x", []float64{90, 10, 300}, []float64{100, 20, 300}, atLeast(1))
	if f := r.Figures[0]; f.Value != 0.9 || *f.Met {
		t.Errorf("%+v", f)
	}
}
