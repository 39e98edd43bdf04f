package controller

import (
	"context"
	"fmt"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
	"github.com/skein-dev/skein/internal/fault"
	"github.com/skein-dev/skein/internal/redrive"
)

// copySlice copies messages from the undelivered queue to the queue, and keeps what came of it for the next decision.
func (r *RedriveReconciler) copySlice(ctx context.Context, known *remembered, rd *v1alpha1.Redrive, d redrive.Decision, c *cloud.Client) {
	from, to := rd.Status.SourceARN, rd.Status.DestinationARN
	if known.copied == nil || known.copied.From != from || known.copied.To != to {
		known.copied = &cloud.CopyRun{From: from, To: to}
	}
	copied, err := c.CopySlice(ctx, known.copied, int(d.Limit), d.Until)
	slice := redrive.Slice{Messages: copied.Messages, Refused: copied.Refused, Empty: copied.Empty, Left: copied.Left.Total()}
	if copied.Refused > 0 {
		slice.Refusal = fmt.Sprintf("message %s (%s: %s)", copied.Refusal.MessageID, copied.Refusal.Code, copied.Refusal.Message)
	}
	if err != nil {
		slice.Fault, _ = hindrance(fault.As(err))
	}
	known.run = known.run.Copied(slice, r.Clock.Now())
}
