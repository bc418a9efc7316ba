package main

import (
	"context"
	"os"
	"os/exec"
	"time"

	"github.com/saldo-pix/saldo/bench"
)

// BenchCmd is saldo bench.
type BenchCmd struct {
	Workload    []string      `placeholder:"NAME,..." help:"Which: balance, payment, hot, age, accounts; all unless told otherwise."`
	Connections int           `default:"64" help:"Clients at the same time, each with a connection of its own."`
	Duration    time.Duration `default:"5s" help:"How long each measurement takes."`
	Warmup      time.Duration `default:"1s" help:"How long before each measurement its load begins."`
	Rounds      int           `default:"3" help:"How often each is measured, in turn with the others."`
	Store       string        `default:"pebble:." placeholder:"URL" help:"pebble:DIR builds in a new folder in DIR and removes it; or memory:."`
	Entries     int           `default:"10000000" help:"Entries of the old store of workload age."`
	Accounts    int           `default:"1000000" help:"Accounts of the store of workload accounts."`
	Keep        string        `placeholder:"DIR" help:"Keep the big stores in this folder and find them there the next time."`
	CPUProfile  string        `name:"cpuprofile" placeholder:"FILE" help:"Record where the time goes; the file's name gets the workload's."`
	JSON        bool          `xor:"format" help:"Print JSON."`
	Markdown    bool          `xor:"format" help:"Print Markdown."`

	Open string `hidden:"" help:"Serve the books in a folder until stdin ends: a process of workload age or accounts."`
}

// Run measures, tells on stderr what it is at, and prints the report.
func (c *BenchCmd) Run(ctx context.Context, m *machine) error {
	if c.Open != "" {
		return bench.Serve(ctx, c.Open, m.stdin, m.stdout)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	report, err := bench.Run(ctx, bench.Options{
		Workloads: c.Workload, Connections: c.Connections, Duration: c.Duration, Warmup: c.Warmup, Rounds: c.Rounds,
		Store: c.Store, Entries: c.Entries, Accounts: c.Accounts, Keep: c.Keep, CPUProfile: c.CPUProfile,
		Child: func(ctx context.Context, dir string) *exec.Cmd {
			return exec.CommandContext(ctx, self, "bench", "--open", dir)
		},
		Progress: m.stderr,
	})
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		return report.WriteJSON(m.stdout)
	case c.Markdown:
		return report.WriteMarkdown(m.stdout)
	}
	return report.WriteText(m.stdout)
}
