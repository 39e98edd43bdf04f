package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/cloud"
)

// How much of attributes and body a line of the table has, in characters. On a terminal it ends where the screen does besides.
const (
	attributesWidth = 40
	bodyWidth       = 100
)

// view is what a look has to show.
type view struct {
	queue   *deadQueue
	account v1alpha1.AccountStatus
	object  *v1alpha1.ConsumerQueue
	facts   cloud.QueueFacts
	looked  cloud.Looked
	// took is how long the look took.
	took time.Duration
}

// more is about how many messages there are besides those that are shown.
func (v view) more() int64 {
	return max(0, v.facts.Visible+v.facts.InFlight+v.facts.Delayed-int64(len(v.looked.Messages)))
}

func (s *session) showTable(v view) error {
	out := s.newPage()
	v.intro(out)
	grouped := slices.ContainsFunc(v.looked.Messages, func(m cloud.Message) bool { return m.GroupID != "" })
	header := []string{"MESSAGE ID", "RECEIVED", "FIRST RECEIVED", "AGE"}
	if v.queue.shared {
		header = append(header, "FROM")
	}
	if grouped {
		header = append(header, "GROUP")
	}
	t := newTable(append(header, "ATTRIBUTES", "BODY")...)
	for _, m := range v.looked.Messages {
		row := []any{m.ID, m.Receives, s.age(m.FirstReceived), s.age(m.Sent)}
		if v.queue.shared {
			row = append(row, dash(queueName(m.SourceARN)))
		}
		if grouped {
			row = append(row, dash(m.GroupID))
		}
		t.add(append(row, cut(dash(oneLine(attributes(m))), attributesWidth), cut(oneLine(m.Body), bodyWidth))...)
	}
	if len(v.looked.Messages) > 0 {
		out.section("")
		out.table(t, "")
	}
	v.outro(out, s.now())
	return out.flush()
}

func (s *session) showFull(v view) error {
	out := s.newPage()
	v.intro(out)
	for _, m := range v.looked.Messages {
		out.section("Message %s", m.ID)
		t := newTable()
		t.add("Received:", fmt.Sprintf("%s, first %s", times(m.Receives), s.moment(m.FirstReceived)))
		t.add("Sent:", s.moment(m.Sent))
		for _, field := range []struct{ name, value string }{
			{"Sender:", m.SenderID},
			{"From:", m.SourceARN},
			{"Group:", m.GroupID},
			{"Deduplication id:", m.DeduplicationID},
			{"Sequence number:", m.SequenceNumber},
			{"Trace:", m.TraceHeader},
		} {
			if field.value != "" {
				t.add(field.name, field.value)
			}
		}
		out.wholeTable(t, "  ")
		if len(m.Attributes) > 0 {
			out.text("  ", "Attributes:")
			out.wholeTable(attributeTable(m), "    ")
		}
		out.text("  ", fmt.Sprintf("Body, %s:", count(len(m.Body), "byte")))
		out.asIs("    ", m.Body)
	}
	v.outro(out, s.now())
	return out.flush()
}

// intro says what is looked at and how much of it is shown.
func (v view) intro(out *page) {
	whose := "Dead letters of"
	if v.queue.source == v1alpha1.RedriveUndelivered {
		whose = "What SNS could not deliver to"
	}
	out.text("", fmt.Sprintf("%s %s", whose, title(queueKind, v.object)))
	out.text("", fmt.Sprintf("Queue %s, account %s, %s", queueName(v.queue.ref.ARN), v.account.AccountID, v.account.Region))
	if v.queue.shared && v.queue.holder.Name != v.object.Name {
		out.text("", fmt.Sprintf("This is the queue of ConsumerQueue %s, which others share: FROM says where a message failed.", v.queue.holder.Name))
	}
	deliverable := meta.FindStatusCondition(v.object.Status.Conditions, v1alpha1.ConditionDeliverable)
	if v.queue.source == v1alpha1.RedriveUndelivered && deliverable != nil && deliverable.Status != metav1.ConditionTrue {
		out.text("", fmt.Sprintf("Deliverable is %s now (%s): %s", deliverable.Status, deliverable.Reason, deliverable.Message))
	}
	shown, total := int64(len(v.looked.Messages)), int64(len(v.looked.Messages))+v.more()
	switch {
	case total == 0:
		out.text("", "It is empty.")
	case shown == 0:
		out.text("", fmt.Sprintf("About %s, none of which can be received now.", count(total, "message")))
	case shown == total:
		out.text("", fmt.Sprintf("%s.", count(total, "message")))
	default:
		out.text("", fmt.Sprintf("%d of about %s.", shown, count(total, "message")))
	}
}

// outro says what is not shown, what the look cost, and what to do.
func (v view) outro(out *page, now time.Time) {
	if v.more()+int64(len(v.looked.Messages)) == 0 {
		return
	}
	out.section("")
	if more := v.more(); more > 0 {
		out.text("", fmt.Sprintf("About %d more: %s", more, v.whyMore()))
	}
	if expires, ok := v.expires(); ok {
		out.text("", deletion(expires.Sub(now), v.facts.Retention))
	}
	if shown := len(v.looked.Messages); shown > 0 {
		v.cost(out)
	}
	if v.more() > 0 || len(v.looked.Messages) > 0 {
		out.field("To move them back:", v.redrive())
	}
}

// deletion says when SQS deletes the oldest message.
func deletion(left, retention time.Duration) string {
	kept := duration.HumanDuration(retention)
	if left <= 0 {
		return fmt.Sprintf("SQS deletes the oldest of these any moment, as it has kept it for %s.", kept)
	}
	return fmt.Sprintf("SQS deletes the oldest of these in %s, when it has kept it for %s.", duration.HumanDuration(left), kept)
}

// whyMore says why more messages are not shown, and how to see them.
func (v view) whyMore() string {
	switch {
	case v.looked.OutOfTime:
		return "looking took so long that what was held had to be given back first. Try a smaller --max."
	case v.facts.FIFO && v.facts.InFlight == 0:
		return fmt.Sprintf("--max shows up to %d, but of one message group the first ten at most: SQS gives no others before these are gone.", maxLook)
	case v.facts.InFlight > 0 && len(v.looked.Messages) == 0:
		return fmt.Sprintf("%d in flight: somebody has received them, so that nobody else can see them now.", v.facts.InFlight)
	case v.facts.InFlight > 0:
		return fmt.Sprintf("--max shows up to %d. %d are in flight: somebody has received them, so that nobody else can see them now.", maxLook, v.facts.InFlight)
	default:
		return fmt.Sprintf("--max shows up to %d.", maxLook)
	}
}

// cost says what the look has done to the messages.
func (v view) cost(out *page) {
	text := fmt.Sprintf("Looking cost each of them one receive, which is counted here, and hid it from others for less than %s", roundUp(v.took))
	if v.facts.FIFO {
		text += "; its message group was blocked meanwhile"
	}
	if n := len(v.looked.Hidden); n > 0 {
		out.text("", fmt.Sprintf("%s. All but %d were given back.", text, n))
		return
	}
	out.text("", fmt.Sprintf("%s. All were given back.", text))
	if v.looked.Repeated > 0 {
		out.text("", fmt.Sprintf("SQS handed out some of them more than once: %s more.", count(v.looked.Repeated, "receive")))
	}
}

// expires is when the oldest message that is shown goes for ever. A standard queue counts from when a message was first sent, wherever that was; a
// FIFO queue from when it came into the queue, which SQS does not say.
func (v view) expires() (time.Time, bool) {
	var oldest time.Time
	for _, m := range v.looked.Messages {
		if !m.Sent.IsZero() && (oldest.IsZero() || m.Sent.Before(oldest)) {
			oldest = m.Sent
		}
	}
	return oldest.Add(v.facts.Retention), !oldest.IsZero() && !v.facts.FIFO && v.facts.Retention > 0
}

// redrive is the command that moves the messages back.
func (v view) redrive() string {
	command := fmt.Sprintf("kubectl skein redrive %s -n %s", v.queue.holder.Name, v.queue.holder.Namespace)
	if v.queue.source == v1alpha1.RedriveUndelivered {
		command += " --undelivered"
	}
	return command
}

// attributes on one line, by name.
func attributes(m cloud.Message) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		out = append(out, name+"="+attributeText(m.Attributes[name]))
	}
	return strings.Join(out, ",")
}

func attributeTable(m cloud.Message) *table {
	t := newTable()
	for _, name := range slices.Sorted(maps.Keys(m.Attributes)) {
		a := m.Attributes[name]
		t.add(name, a.Type, attributeText(a))
	}
	return t
}

func attributeText(a cloud.MessageAttribute) string {
	if strings.HasPrefix(a.Type, "Binary") {
		return fmt.Sprintf("(%s)", count(len(a.Binary), "byte"))
	}
	return a.Value
}

// moment is a time and how long ago it was.
func (s *session) moment(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%s (%s ago)", at.UTC().Format(time.RFC3339), s.age(at))
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// roundUp is a duration in whole seconds, at least one.
func roundUp(d time.Duration) time.Duration { return d.Truncate(time.Second) + time.Second }
