package topology

import (
	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// This file says which fields a spec does not say, so that Skein's defaults stand in for them.

// defaults picks the fields that have a value of Skein's.
func defaults(managed map[string]string, silent ...string) map[string]string {
	out := map[string]string{}
	for _, field := range silent {
		if value, ok := managed[field]; ok {
			out[field] = value
		}
	}
	return out
}

// silent are the fields of a queue that the spec does not say.
func (b *consumer) silent(role Role) []string {
	s := b.settings
	var out []string
	add := func(isSilent bool, fields ...string) {
		if isSilent {
			out = append(out, fields...)
		}
	}
	add(s.Access == nil || s.Access.EnforceTLS == nil, PolicyField(policydoc.SidTLSOnly))
	if f := s.FIFO; f != nil {
		add(!f.ContentBasedDeduplication, "ContentBasedDeduplication")
		add(f.DeduplicationScope == "", "DeduplicationScope")
		add(f.ThroughputLimit == "", "FifoThroughputLimit")
	}
	switch role {
	case RoleMain:
		add(s.VisibilityTimeout == "" && s.ProcessingTime == "", "VisibilityTimeout")
		add(s.MessageRetention == "", "MessageRetentionPeriod")
		add(s.DeliveryDelay == "", "DelaySeconds")
		add(s.ReceiveWaitTime == "", "ReceiveMessageWaitTimeSeconds")
		add(s.DeadLetter == nil || !s.DeadLetter.Disabled && s.DeadLetter.MaxReceiveCount == nil, redriveField)
		return append(out, silentEncryption(s.Encryption)...)
	case RoleDeadLetter:
		add(s.DeadLetter == nil || s.DeadLetter.MessageRetention == "", "MessageRetentionPeriod")
		add(s.DeadLetter == nil, "RedriveAllowPolicy")
		out = append(out, silentEncryption(s.Encryption)...)
	case RoleUndelivered:
		add(s.Undelivered == nil || s.Undelivered.MessageRetention == "", "MessageRetentionPeriod")
		if u := s.Undelivered; u == nil {
			out = append(out, silentEncryption(nil)...)
		} else {
			out = append(out, silentEncryption(u.Encryption)...)
		}
	}
	return append(out, "VisibilityTimeout", "DelaySeconds", "ReceiveMessageWaitTimeSeconds")
}

func silentEncryption(e *v1alpha1.QueueEncryption) []string {
	switch {
	case e == nil:
		return []string{"KmsMasterKeyId", "SqsManagedSseEnabled"}
	case e.KMS != nil && e.KMS.DataKeyReusePeriod == "":
		return []string{"KmsDataKeyReusePeriodSeconds"}
	}
	return nil
}

// silentSubscription are the fields of a subscription that the spec does not say.
func (b *consumer) silentSubscription(s *v1alpha1.Subscription) []string {
	var out []string
	if s.RawMessageDelivery == nil {
		out = append(out, "RawMessageDelivery")
	}
	if len(s.FilterPolicy) == 0 {
		out = append(out, "FilterPolicy")
	}
	if b.settings.Undelivered == nil {
		out = append(out, redriveField)
	}
	return out
}

// silentTopic are the fields of a topic that the spec does not say.
func silentTopic(t *v1alpha1.Topic) []string {
	var out []string
	if t.DisplayName == "" {
		out = append(out, "DisplayName")
	}
	if t.Encryption == nil {
		out = append(out, "KmsMasterKeyId")
	}
	if t.Tracing == "" {
		out = append(out, "TracingConfig")
	}
	if t.FIFO != nil && !t.FIFO.ContentBasedDeduplication {
		out = append(out, "ContentBasedDeduplication")
	}
	return out
}
