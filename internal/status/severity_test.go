package status_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/internal/status"
)

func TestWarningsAreForWhatIsWrong(t *testing.T) {
	verdict := func(reason string) []metav1.Condition {
		if reason == "" {
			return nil
		}
		c := metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Reason: reason, Message: "m"}
		if reason == "Ready" {
			c.Status = metav1.ConditionTrue
		}
		return []metav1.Condition{c}
	}
	for _, c := range []struct{ before, after, want string }{
		{"", "AccountNotReady", "Normal"},
		{"", "TopologyNotFound", "Normal"},
		{"AccountNotReady", "TopicNotFound", "Normal"},
		{"TopicNotFound", "SharedQueueNotReady", "Normal"},
		{"", "AccessDenied", "Warning"},
		{"", "InvalidFilterPolicy", "Warning"},
		{"AccountNotReady", "NotOwned", "Warning"},
		{"Ready", "TopologyNotFound", "Warning"},
		{"Ready", "AccountNotReady", "Warning"},
		{"AccessDenied", "TopicNotFound", "Warning"},
		{"Ready", "EmptySettle", "Normal"},
		{"Ready", "Deleting", "Normal"},
		{"Ready", "MessagesHeld", "Warning"},
	} {
		got := status.Events(status.Look{}, verdict(c.before), verdict(c.after))
		if len(got) != 1 || got[0].Type != c.want || got[0].Reason != c.after {
			t.Errorf("from %q to %q: %v, want one %s", c.before, c.after, got, c.want)
		}
	}
}
