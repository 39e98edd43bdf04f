package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// How a Redrive is followed.
const (
	// followEvery is how often it is read; the operator writes its progress every two seconds at most.
	followEvery = time.Second
	// sayEvery is how often a line is written at least while something changes, where there is no terminal to draw a bar on.
	sayEvery = 10 * time.Second
	// lostFor is for how long the cluster may be out of reach meanwhile.
	lostFor = time.Minute
)

var errNotOver = errors.New("not over in time")

// follow shows how far a Redrive is until it is over; r is then as it was last.
func (s *session) follow(ctx context.Context, c *cluster, r *v1alpha1.Redrive, o redriveOptions) error {
	d := &display{out: s.Out, screen: s.screen, now: s.now, progress: newProgress()}
	if o.printed() {
		// What is printed in the end is for programs.
		d.out, d.screen = s.ErrOut, newScreen(s.ErrOut)
	}
	// A dumb terminal cannot go back in a line.
	d.screen.terminal = d.screen.terminal && os.Getenv("TERM") != "dumb"
	waiting := ctx
	if o.timeout > 0 {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeoutCause(ctx, o.timeout, errNotOver)
		defer cancel()
	}
	err := s.watch(waiting, c, r, d)
	d.end()
	switch {
	case err == nil:
		return s.concludeRedrive(d.out, r)
	case errors.Is(context.Cause(waiting), errNotOver):
		return &problem{
			what:   fmt.Sprintf("Redrive %s/%s is not over after %s; it goes on. %s", r.Namespace, r.Name, o.timeout, d.plain(r)),
			remedy: fmt.Sprintf("Follow it by %s, or stop it by %s.", followCommand(r), stopCommand(r)),
			code:   exitTimedOut,
		}
	case ctx.Err() != nil:
		fmt.Fprintf(s.ErrOut, "Redrive %s/%s goes on without this command. %s\nTo follow it:  %s\nTo stop it:    %s\n",
			r.Namespace, r.Name, printable(d.plain(r)), followCommand(r), stopCommand(r))
		return ctx.Err()
	case apierrors.IsNotFound(err):
		return &problem{
			what:   fmt.Sprintf("Redrive %s/%s was deleted meanwhile, which stops the move. When it was seen last: %s", r.Namespace, r.Name, d.plain(r)),
			remedy: fmt.Sprintf("kubectl skein redrive %s -n %s moves what is left.", r.Spec.ConsumerQueue.Name, r.Namespace),
		}
	default:
		return fmt.Errorf("following Redrive %s/%s, which goes on: %w", r.Namespace, r.Name, err)
	}
}

// watch reads the Redrive again and again until it is over. A cluster that cannot be reached for a while is waited for.
func (s *session) watch(ctx context.Context, c *cluster, r *v1alpha1.Redrive, d *display) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	var lost time.Time
	for {
		seen := &v1alpha1.Redrive{}
		switch err := c.Get(ctx, client.ObjectKeyFromObject(r), seen); {
		case err == nil:
			lost = time.Time{}
			*r = *seen
			d.show(r)
		case apierrors.IsNotFound(err) || apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) || ctx.Err() != nil:
			return err
		case lost.IsZero():
			lost = s.now()
		case s.now().Sub(lost) > lostFor:
			return err
		}
		if r.Finished() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// concludeRedrive says what came of a run, and is an error where it failed.
func (s *session) concludeRedrive(out io.Writer, r *v1alpha1.Redrive) error {
	if r.Status.State == v1alpha1.RedriveSucceeded {
		_, err := fmt.Fprintf(out, "Redrive %s/%s is complete: %s\n", r.Namespace, r.Name, oneLine(outcome(r, v1alpha1.ConditionComplete)))
		return err
	}
	return &problem{
		what: fmt.Sprintf("Redrive %s/%s failed: %s", r.Namespace, r.Name, outcome(r, v1alpha1.ConditionFailed)),
		remedy: fmt.Sprintf("kubectl skein dlq %s -n %s shows what is left; once the cause is mended, kubectl skein redrive moves it.",
			r.Spec.ConsumerQueue.Name, r.Namespace),
	}
}

// outcome is reason and message of the condition with which a run ended.
func outcome(r *v1alpha1.Redrive, condition string) string {
	c := meta.FindStatusCondition(r.Status.Conditions, condition)
	if c == nil {
		return fmt.Sprintf("%d messages moved.", r.Status.MessagesMoved)
	}
	return c.Reason + ": " + c.Message
}

// display shows a Redrive as it goes on: on a terminal in one line that is drawn anew, elsewhere in lines.
type display struct {
	*progress
	out    io.Writer
	screen screen
	now    func() time.Time

	// drawn: the terminal's last line is the bar.
	drawn bool
	// said is the last line that was written, when, and of which state.
	said      string
	saidAt    time.Time
	saidState string
}

// lineWidth is for terminals that do not say how wide they are.
const lineWidth = 80

func (d *display) show(r *v1alpha1.Redrive) {
	now := d.now()
	d.see(r, now)
	if d.screen.terminal {
		width := d.screen.width
		if width == 0 {
			width = lineWidth
		}
		fmt.Fprintf(d.out, "\r%s\x1b[K", d.bar(r, width))
		d.drawn = true
		return
	}
	line := oneLine(d.plain(r))
	if line == d.said || state(r) == d.saidState && now.Sub(d.saidAt) < sayEvery {
		return
	}
	d.said, d.saidAt, d.saidState = line, now, state(r)
	fmt.Fprintln(d.out, line)
}

// end leaves the bar as it is, and goes to the next line.
func (d *display) end() {
	if d.drawn {
		fmt.Fprintln(d.out)
	}
}
