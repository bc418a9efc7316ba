// Command saldo keeps Pix accounts: it serves their balances to merchants and
// to the operator, and brings the tools that go with that.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// commands is the whole command line, one field for each subcommand.
type commands struct {
	Dev         devCmd         `cmd:"" help:"Start everything for trying out, with a merchant and money to spend."`
	Serve       serveCmd       `cmd:"" help:"Run for real, as a configuration file says."`
	Account     accountCmd     `cmd:"" help:"Open and show merchants' accounts, over the operator's API."`
	Credential  credentialCmd  `cmd:"" help:"Issue and withdraw merchants' credentials, over the operator's API."`
	Certificate certificateCmd `cmd:"" help:"Bind merchants' certificates and take them away, over the operator's API."`
	Brand       brandCmd       `cmd:"" help:"Show the brands, over the operator's API."`
	Webhook     webhookCmd     `cmd:"" help:"Set merchants' webhooks and see what was not delivered, over the operator's API."`
	Suspense    suspenseCmd    `cmd:"" help:"See what fits nothing, and say where its money goes, over the operator's API."`
	Statement   statementCmd   `cmd:"" help:"Write an account's statement, over the operator's API or out of a stopped server's books."`
	Report      reportCmd      `cmd:"" help:"Write the daily report of an account or of the house, over the operator's API or out of a stopped server's books."`
	Reconcile   reconcileCmd   `cmd:"" help:"Match a statement of others against an account's, over the operator's API or against a stopped server's books."`
	Verify      verifyCmd      `cmd:"" help:"Recompute every hash, balance and hold of a stopped server's books."`
	Migrate     migrateCmd     `cmd:"" help:"Make the tables of a PostgreSQL store, or bring them up to date."`
	Copy        copyCmd        `cmd:"" help:"Copy a stopped server's books into another store."`
	OpenAPI     openapiCmd     `cmd:"" name:"openapi" help:"Print the OpenAPI document of an API."`
	Bench       BenchCmd       `cmd:"" help:"Measure this machine, beside what is the most that it could do."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// machine is what a command gets of the machine that it runs on.
type machine struct {
	getenv func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time
	rand   io.Reader // secure, and safe for concurrent use
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Exit codes of the process.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	spareHeap(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "saldo:", err)
		os.Exit(exitCode(err))
	}
}

func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return exitUsage
	}
	return exitFailed
}

// run is the program. It returns when the command is done, or soon after ctx
// ends.
func run(
	ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer,
) error {
	m := &machine{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now, rand: rand.Reader}
	var exited bool // kong has printed the help, and would go on
	parser, err := kong.New(&commands{},
		kong.Name("saldo"),
		kong.Description("A real-time balance and ledger server for Pix accounts."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }),
		kong.Resolvers(fromEnvironment(getenv)),
		kong.ValueFormatter(withVariable),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(m),
	)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	switch {
	case exited:
		return nil
	case err != nil:
		return usageError{fmt.Errorf("%w; see saldo --help", err)}
	}
	return parsed.Run(parsed)
}

// fromEnvironment gives flags the value of the variable that their tag environ
// names, unless they are on the command line.
func fromEnvironment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		name := flag.Tag.Get("environ")
		if name == "" || getenv(name) == "" {
			return nil, nil
		}
		return getenv(name), nil
	})
}

// withVariable is the help of a flag with the environment variable that says the
// same.
func withVariable(value *kong.Value) string {
	help := kong.DefaultHelpValueFormatter(value)
	if name := value.Tag.Get("environ"); name != "" {
		return help + " ($" + name + ")"
	}
	if key := value.Tag.Get("yaml"); key != "" {
		return help + " ($" + variable(key) + ")"
	}
	return help
}
