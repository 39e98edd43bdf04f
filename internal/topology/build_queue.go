package topology

import (
	"fmt"
	"slices"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/policydoc"
)

// buildQueues adds the main queue, its dead-letter queue and the undelivered queue.
func (b *consumer) buildQueues() {
	names := b.out.Names
	b.collectTags()
	main := b.addQueue(RoleMain, names.MainName, b.mainAttributes(), b.mainStatements(b.grants), b.mainStatements(slices.Concat(b.grants, b.leaving)))
	b.noteKept(main)
	if names.DeadLetterName != "" {
		tls := b.tlsOnly(names.DeadLetterARN)
		dead := b.addQueue(RoleDeadLetter, names.DeadLetterName, follow(main, b.deadLetterAttributes(), followsType, followsEncryption), tls, tls)
		b.noteKeptRetention(main, dead)
	}
	b.buildUndelivered()
}

// buildUndelivered adds the undelivered queue with the first accepted subscription; one that is there stays.
func (b *consumer) buildUndelivered() {
	names := &b.out.Names
	if !hasUndelivered(b.settings) {
		return
	}
	key := b.in.Account.QueueARN(names.UndeliveredName)
	row, known := b.in.Inventory.Find(key)
	switch {
	case b.accepted:
		names.UndeliveredARN = key
		main, _ := b.find(names.MainARN)
		b.addQueue(RoleUndelivered, names.UndeliveredName, follow(main, b.undeliveredAttributes(), followsType),
			b.undeliveredStatements(key, b.grants), b.undeliveredStatements(key, slices.Concat(b.grants, b.leaving)))
	case known && row.State != v1alpha1.ResourceAdopting:
		names.UndeliveredARN = key
		r := heldRow(row, b.owner, b.group, "no subscription is accepted")
		r.Role = RoleUndelivered
		b.state.Resources = append(b.state.Resources, r)
	}
}

// collectTags gathers the tags that all queues have.
func (b *consumer) collectTags() {
	var empty []string
	b.tags, empty = allTags(b.in.Account.Tags, b.settings.Tags, b.owner)
	if len(empty) > 0 {
		b.refuse(fieldRefusal(b.mainResource(), "spec.tags", emptyTags, empty))
	}
	if len(b.tags) > maxTags {
		b.refuseGroup(v1alpha1.ReasonInvalidSpec, "spec.tags", true, tooManyTags, len(b.tags), maxTags)
	}
}

// addQueue completes a queue with tags and policy, and with what is kept of its adoption.
func (b *consumer) addQueue(role Role, name string, managed map[string]string, own, interim []policydoc.Statement) Resource {
	arn := b.in.Account.QueueARN(name)
	r := Resource{
		Kind: KindQueue, Role: role, Key: arn, ARN: arn, Name: name, Region: b.in.Account.Region, Group: b.group,
		Owner: b.owner, Rivals: sortedRivals(b.in.Rivals[name]), Managed: managed,
		Policy: policydoc.Document{Version: policydoc.Version, Statements: own},
		Shared: role == RoleMain && len(b.in.SharedBy) > 0,
	}
	if len(own) == 0 {
		r.Policy = policydoc.Document{}
	}
	for _, sid := range knownSids[role] {
		managed[PolicyField(sid)] = ""
	}
	for _, s := range own {
		managed[PolicyField(s.Sid)] = s.Canonical()
	}
	r.Interim = differing(own, interim)
	r.Defaults = defaults(managed, b.silent(role)...)
	r.TargetSaid = b.settings.DeadLetter != nil
	putTags(managed, b.tags)
	row, _ := b.in.Inventory.Find(arn)
	r = r.Keeping(row.Kept)
	if err := r.Policy.CheckQueueLimits(); err != nil {
		b.refuseGroup(v1alpha1.ReasonPolicyTooLarge, "spec.access", true, "the policy of queue %s: %v", name, err)
	}
	b.state.Resources = append(b.state.Resources, r)
	return r
}

// mainAttributes are those of the main queue.
func (b *consumer) mainAttributes() map[string]string {
	s := b.settings
	m := map[string]string{}
	if v, err := visibility(s); err == nil {
		m["VisibilityTimeout"] = itoa(v)
	} else {
		b.refuse(fieldRefusal(b.mainResource(), visibilityField(s), "%v; correct it", err))
	}
	b.seconds(m, "MessageRetentionPeriod", "spec.messageRetention", s.MessageRetention, retentionRange)
	b.seconds(m, "DelaySeconds", "spec.deliveryDelay", s.DeliveryDelay, delayRange)
	b.seconds(m, "ReceiveMessageWaitTimeSeconds", "spec.receiveWaitTime", s.ReceiveWaitTime, receiveWaitRange)
	if size := s.MaximumMessageSize; size != nil {
		if problem := sizeProblem(size.Value()); problem == "" {
			m["MaximumMessageSize"] = itoa(size.Value())
		} else {
			b.refuse(fieldRefusal(b.mainResource(), "spec.maximumMessageSize", "%s", problem))
		}
	}
	b.encryption(m, "spec.encryption", s.Encryption)
	putFIFO(m, s.FIFO)
	m["RedrivePolicy"] = ""
	if b.deadLetter != "" {
		m["RedrivePolicy"] = RedrivePolicy(b.deadLetter, maxReceiveCount(s))
	}
	b.allowSources(m)
	return m
}

func visibilityField(s *v1alpha1.QueueSettings) string {
	if s.VisibilityTimeout == "" && s.ProcessingTime != "" {
		return "spec.processingTime"
	}
	return "spec.visibilityTimeout"
}

func (b *consumer) mainResource() string { return resourceName(KindQueue, b.out.Names.MainName) }

// deadLetterAttributes are those of the own dead-letter queue. It has the FIFO settings of its source: with a wider deduplication scope
// it would take dead letters of two message groups for one.
func (b *consumer) deadLetterAttributes() map[string]string {
	var retention v1alpha1.Duration
	if d := b.settings.DeadLetter; d != nil {
		retention = d.MessageRetention
	}
	m := b.lastAttributes("spec.deadLetter.messageRetention", retention)
	b.encryption(m, "spec.encryption", b.settings.Encryption)
	m["RedriveAllowPolicy"] = RedriveAllow{Permission: "byQueue", Sources: []string{b.out.Names.MainARN}}.String()
	return m
}

// undeliveredAttributes are those of the undelivered queue.
func (b *consumer) undeliveredAttributes() map[string]string {
	var retention v1alpha1.Duration
	var encryption *v1alpha1.QueueEncryption
	if u := b.settings.Undelivered; u != nil {
		retention, encryption = u.MessageRetention, u.Encryption
	}
	m := b.lastAttributes("spec.undelivered.messageRetention", retention)
	b.encryption(m, "spec.undelivered.encryption", encryption)
	return m
}

// lastAttributes are what dead-letter and undelivered queues have in common.
func (b *consumer) lastAttributes(field string, retention v1alpha1.Duration) map[string]string {
	m := map[string]string{
		"VisibilityTimeout": itoa(visibilityRange.def), "DelaySeconds": itoa(delayRange.def),
		"ReceiveMessageWaitTimeSeconds": itoa(receiveWaitRange.def),
	}
	b.seconds(m, "MessageRetentionPeriod", field, retention, lastRetentionRange)
	putFIFO(m, b.settings.FIFO)
	return m
}

// seconds puts a time, or refuses it.
func (b *consumer) seconds(m map[string]string, attribute, field string, d v1alpha1.Duration, r secondsRange) {
	n, err := r.seconds(d)
	if err != nil {
		b.refuse(fieldRefusal(b.mainResource(), field, "%v; correct it", err))
		return
	}
	m[attribute] = itoa(n)
}

// encryption puts the attributes of encryption at rest.
func (b *consumer) encryption(m map[string]string, field string, e *v1alpha1.QueueEncryption) {
	m["KmsMasterKeyId"], m["SqsManagedSseEnabled"] = "", "true"
	switch {
	case e == nil:
	case e.Type == v1alpha1.EncryptionNone:
		m["SqsManagedSseEnabled"] = "false"
	case e.Type == v1alpha1.EncryptionKMS && e.KMS != nil:
		m["KmsMasterKeyId"], m["SqsManagedSseEnabled"] = e.KMS.KeyID, "false"
		b.seconds(m, "KmsDataKeyReusePeriodSeconds", field+".kms.dataKeyReusePeriod", e.KMS.DataKeyReusePeriod, dataKeyRange)
	}
}

func putFIFO(m map[string]string, f *v1alpha1.QueueFIFO) {
	if f == nil {
		return
	}
	m["FifoQueue"] = "true"
	m["ContentBasedDeduplication"] = fmt.Sprint(f.ContentBasedDeduplication)
	m["DeduplicationScope"], m["FifoThroughputLimit"] = "queue", "perQueue"
	if f.DeduplicationScope == "MessageGroup" {
		m["DeduplicationScope"] = "messageGroup"
	}
	if f.ThroughputLimit == "PerMessageGroupID" {
		m["FifoThroughputLimit"] = "perMessageGroupId"
	}
}

// The range of MaximumMessageSize in bytes
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html).
const minMessageSize, maxMessageSize = 1 << 10, 1 << 20

func sizeProblem(size int64) string {
	if size >= minMessageSize && size <= maxMessageSize {
		return ""
	}
	return fmt.Sprintf("%d bytes is outside 1Ki to 1Mi; correct it", size)
}

func maxReceiveCount(s *v1alpha1.QueueSettings) int32 {
	const byDefault = 5
	if s.DeadLetter == nil || s.DeadLetter.MaxReceiveCount == nil {
		return byDefault
	}
	return *s.DeadLetter.MaxReceiveCount
}

// allowSources lists the sources of a queue that serves as shared dead-letter queue; of other main queues the attribute is not managed.
func (b *consumer) allowSources(m map[string]string) {
	if len(b.in.SharedBy) == 0 {
		return
	}
	allow := RedriveAllow{Permission: "byQueue"}
	for _, source := range b.in.SharedBy {
		if sharedProblem(source, b.in.Queue) == "" {
			name, _, _ := QueueNames(source)
			allow.Sources = append(allow.Sources, b.in.Account.QueueARN(name))
			b.out.DeadLettersOf = append(b.out.DeadLettersOf, source.Name)
		}
	}
	slices.Sort(b.out.DeadLettersOf)
	n := len(allow.Sources)
	if n == 0 {
		return
	}
	if n > MaxAllowedSources {
		b.note("%d queues use queue %s as dead-letter queue and AWS lists at most %d, so its redriveAllowPolicy is allowAll: any queue of the account and region may use it", n, b.out.Names.MainName, MaxAllowedSources)
		allow = RedriveAllow{Permission: "allowAll"}
	}
	m["RedriveAllowPolicy"] = allow.String()
}
