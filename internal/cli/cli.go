// Package cli is kubectl skein: what the operator knows about messaging, for people at a terminal.
package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Run carries out one command line (without the program's name) and gives the exit code: see the constants below.
func Run(streams genericiooptions.IOStreams, args []string) int {
	// The libraries' own log lines are not for whoever types a command; what matters comes back as an error.
	log.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first interrupt lets a command end in order, the second one ends it at once.
	context.AfterFunc(ctx, stop)
	s := newSession(streams)
	root := newRoot(s)
	root.SetArgs(args)
	return s.conclude(ctx, root.ExecuteContext(ctx))
}

// session is what every command has at hand.
type session struct {
	genericiooptions.IOStreams
	flags *genericclioptions.ConfigFlags
	// screen is what Out is written to.
	screen screen
	now    func() time.Time
}

func newSession(streams genericiooptions.IOStreams) *session {
	return &session{
		IOStreams: streams,
		flags:     genericclioptions.NewConfigFlags(true),
		screen:    newScreen(streams.Out),
		now:       time.Now,
	}
}

// newRoot makes the tree of commands. Every command of the tree is made here.
func newRoot(s *session) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-skein",
		Short: "Look at the messaging that Skein runs on AWS, and act on it",
		Long: `Look at the messaging that Skein runs on AWS, and act on it: topics, queues, their messages, and what
keeps them from flowing.`,
		Example: `  # Everything in the namespace on one screen
  kubectl skein status

  # One queue with its subscriptions, conditions and last events
  kubectl skein status orders`,
		Args:              noSuchCommand,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl skein"},
	}
	s.flags.AddFlags(root.PersistentFlags())
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.ErrOut)
	root.AddCommand(
		newStatus(s),
		newDLQ(s),
		newReconcile(s),
		newRedrive(s),
		newVersion(s),
	)
	document(root)
	return root
}
