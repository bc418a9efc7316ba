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
	Workload    []string      `placeholder:"NAME,..." help:"Which: balance, payment, hot, age, accounts, nodes, webhooks, streams; all unless told otherwise."`
	Connections int           `default:"64" help:"Clients at the same time, each with a connection of its own."`
	Duration    time.Duration `default:"5s" help:"How long each measurement takes."`
	Warmup      time.Duration `default:"1s" help:"How long before each measurement its load begins."`
	Rounds      int           `default:"3" help:"How often each is measured, in turn with the others."`
	Store       string        `default:"pebble:." placeholder:"URL" help:"pebble:DIR builds in a folder there, postgres://… in databases, all removed again; or memory:."`
	Entries     int           `help:"Entries of the old store of workload age; 10⁷ unless told otherwise, and 10⁶ on PostgreSQL."`
	Accounts    int           `default:"1000000" help:"Accounts of the store of workload accounts."`
	Nodes       []int         `default:"1,2,4" placeholder:"N,..." help:"How many nodes workload nodes measures."`
	Events      int           `default:"20000" help:"Webhooks that pile up before workload webhooks delivers them."`
	Streams     int           `default:"1000" help:"Streams of balances that workload streams keeps open."`
	Pace        int           `default:"2000" help:"Payments a second that workload streams makes meanwhile."`
	Keep        string        `placeholder:"DIR" help:"Keep the big stores in this folder, or in databases of names that begin so, for the next time."`
	CPUProfile  string        `name:"cpuprofile" placeholder:"FILE" help:"Record where the time goes; the file's name gets the workload's."`
	BlockProf   string        `name:"blockprofile" placeholder:"FILE" help:"Record what is waited for, the same way."`
	MutexProf   string        `name:"mutexprofile" placeholder:"FILE" help:"Record who keeps others waiting, the same way."`
	JSON        bool          `xor:"format" help:"Print JSON."`
	Markdown    bool          `xor:"format" help:"Print Markdown."`

	Open string `hidden:"" help:"Serve the books of a URL until stdin ends: a process of workload age or accounts."`
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
		Store: c.Store, Entries: c.Entries, Accounts: c.Accounts, Nodes: c.Nodes, Events: c.Events, Keep: c.Keep,
		Streams: c.Streams, Pace: c.Pace,
		CPUProfile: c.CPUProfile, BlockProfile: c.BlockProf, MutexProfile: c.MutexProf,
		Child: func(ctx context.Context, url string) *exec.Cmd {
			return exec.CommandContext(ctx, self, "bench", "--open", url)
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
