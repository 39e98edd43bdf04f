package v1alpha1

// The condition types. Reconciling and Stalled are present only while True.
const (
	// ConditionReady on every kind: everything declared exists in AWS as declared, and nothing proves that messages cannot flow.
	ConditionReady = "Ready"
	// ConditionAccepted on ConsumerQueues: every reference resolves and every owner consents.
	ConditionAccepted = "Accepted"
	// ConditionDeliverable on ConsumerQueues: a message published to each topic can reach the queue.
	ConditionDeliverable = "Deliverable"
	// ConditionDrifted on MessagingTopologies and ConsumerQueues: AWS differs from what Skein applied; status.drift has it field by field.
	ConditionDrifted = "Drifted"
	// ConditionDeadLetters on ConsumerQueues: there are dead letters, or undelivered messages. It does not touch Ready.
	ConditionDeadLetters = "DeadLetters"
	// ConditionRedriveHalted on ConsumerQueues with a schedule in deadLetter.redrive: it is halted, because too many messages came back. It does not touch Ready.
	ConditionRedriveHalted = "RedriveHalted"
	// ConditionComplete on Redrives: the run is over and did what it should.
	ConditionComplete = "Complete"
	// ConditionFailed on Redrives: the run is over and did not.
	ConditionFailed = "Failed"
	// ConditionDegraded, present only while True: AWS lacks something in this partition or endpoint, and Skein does without it.
	ConditionDegraded = "Degraded"
	// ConditionReconciling (kstatus): the operator is still at work, or waits for something that needs no change of this spec.
	ConditionReconciling = "Reconciling"
	// ConditionStalled (kstatus): only a change of this object's spec, or of AWS ownership, helps.
	ConditionStalled = "Stalled"
)

// Reasons that say that all is well, or that work goes on.
const (
	// ReasonReady: nothing to do.
	ReasonReady = "Ready"
	// ReasonPending: the first look is still to come; wait.
	ReasonPending = "Pending"
	// ReasonProgressing: calls to AWS are still to be made; wait.
	ReasonProgressing = "Progressing"
	// ReasonAccepted: every reference resolves and every owner consents.
	ReasonAccepted = "Accepted"
	// ReasonDeliverable: policies, keys, types and confirmations let messages through.
	ReasonDeliverable = "Deliverable"
	// ReasonNoSubscriptions: the queue is subscribed to nothing; senders reach it directly.
	ReasonNoSubscriptions = "NoSubscriptions"
	// ReasonInSync: nobody changed in AWS what Skein applied, or it was set back.
	ReasonInSync = "InSync"
	// ReasonDriftReported: somebody changed fields in AWS and driftPolicy, driftExceptions or suspend leave them; see status.drift.
	ReasonDriftReported = "DriftReported"
	// ReasonDriftDetected: somebody changed fields in AWS, and setting them back was refused or failed; Ready says why.
	ReasonDriftDetected = "DriftDetected"
	// ReasonSuspended: spec.suspend is true and AWS differs from the spec; status.plan has what would be done.
	ReasonSuspended = "Suspended"
	// ReasonAdopting: AWS resources that exist are taken over at the next look; status.plan has what will change.
	ReasonAdopting = "Adopting"
	// ReasonUnsupportedByPartition: AWS does not have an attribute or tags here; Skein does without.
	ReasonUnsupportedByPartition = "UnsupportedByPartition"
	// ReasonNoDeadLetters: dead-letter queue and undelivered queue are empty.
	ReasonNoDeadLetters = "NoDeadLetters"
	// ReasonDeadLettersPresent: the dead-letter queue holds messages; look at them with `kubectl skein dlq`, then make a Redrive.
	ReasonDeadLettersPresent = "DeadLettersPresent"
	// ReasonUndeliveredPresent: the undelivered queue holds messages; Deliverable says why, then make a Redrive with source Undelivered.
	ReasonUndeliveredPresent = "UndeliveredPresent"
	// ReasonScheduled: the schedule of redrives goes on, and status.redrive says when next.
	ReasonScheduled = "Scheduled"
	// ReasonScheduleSuspended: deadLetter.redrive.suspend or spec.suspend is true; no new runs.
	ReasonScheduleSuspended = "ScheduleSuspended"
	// ReasonRunning: messages move.
	ReasonRunning = "Running"
	// ReasonObserving: the messages have moved, and what comes back is watched for.
	ReasonObserving = "Observing"
	// ReasonCancelling: AWS was asked to stop the move; wait.
	ReasonCancelling = "Cancelling"
	// ReasonMoved: the run is over, all messages moved.
	ReasonMoved = "Moved"
	// ReasonMessageLimitReached: the run is over, as many messages moved as maxMessages says.
	ReasonMessageLimitReached = "MessageLimitReached"
	// ReasonDeleting: the object is being deleted; the message says what it waits for.
	ReasonDeleting = "Deleting"
)

// Reasons that wait: something else must change, and Skein goes on by itself then.
const (
	// ReasonAccountNotFound: create the AWSAccount that is named, or correct accountRef in a new object.
	ReasonAccountNotFound = "AccountNotFound"
	// ReasonAccountNotReady: look at the AWSAccount's conditions; its credentials or endpoint do not work.
	ReasonAccountNotReady = "AccountNotReady"
	// ReasonNamespaceNotAllowed: the AWSAccount's allowedNamespaces does not cover this namespace; ask its owner.
	ReasonNamespaceNotAllowed = "NamespaceNotAllowed"
	// ReasonNamespaceNotFound: the namespace cannot be read; nothing is changed until it can.
	ReasonNamespaceNotFound = "NamespaceNotFound"
	// ReasonTopologyNotFound: create the MessagingTopology, or correct the subscription.
	ReasonTopologyNotFound = "TopologyNotFound"
	// ReasonTopologyTerminating: the MessagingTopology is being deleted and takes no new subscription or alarms; remove the subscription or action topic.
	ReasonTopologyTerminating = "TopologyTerminating"
	// ReasonTopicNotFound: the MessagingTopology declares no such topic, or AWS does not have it yet; add it or wait.
	ReasonTopicNotFound = "TopicNotFound"
	// ReasonNotAllowed: the MessagingTopology's allowedConsumers does not cover this namespace; ask its owner.
	ReasonNotAllowed = "NotAllowed"
	// ReasonSubscribeNotPermitted: the policy of a topic in another account does not permit the queue's account to subscribe yet; the message has the statement.
	ReasonSubscribeNotPermitted = "SubscribeNotPermitted"
	// ReasonFilterPolicyLimit: the topic has as many subscriptions with a filter policy as SNS allows; take one away, or have the quota raised (--filter-policies-per-topic).
	ReasonFilterPolicyLimit = "FilterPolicyLimit"
	// ReasonAlarmLimit: the account has as many alarms in the region as CloudWatch allows; delete some, or have the quota raised.
	ReasonAlarmLimit = "AlarmLimit"
	// ReasonSharedQueueNotFound: create the ConsumerQueue named in deadLetter.consumerQueue, or correct the name.
	ReasonSharedQueueNotFound = "SharedQueueNotFound"
	// ReasonSharedQueueNotReady: the shared dead-letter queue does not admit this queue yet; wait, or look at its conditions.
	ReasonSharedQueueNotReady = "SharedQueueNotReady"
	// ReasonPendingConfirmation: the subscription must be confirmed by the queue's owner.
	ReasonPendingConfirmation = "PendingConfirmation"
	// ReasonQueueDeletedRecently: AWS wants 60 seconds between deleting a queue and making one of that name; wait.
	ReasonQueueDeletedRecently = "QueueDeletedRecently"
	// ReasonSettling: AWS shows something else than was set or found a moment ago; a second reading decides.
	ReasonSettling = "Settling"
	// ReasonAccessDenied: give the operator's role the permission that is named (docs/iam.md).
	ReasonAccessDenied = "AccessDenied"
	// ReasonThrottled: AWS limits the rate of calls; Skein slows down by itself.
	ReasonThrottled = "Throttled"
	// ReasonUnreachable: the AWS endpoint does not answer; look at network and endpoint.
	ReasonUnreachable = "Unreachable"
	// ReasonAWSError: AWS refused a call for a reason that may pass; the message has AWS's own words.
	ReasonAWSError = "AWSError"
	// ReasonInvalidCredentials: the credentials do not work; correct the Secret, the role or the environment.
	ReasonInvalidCredentials = "InvalidCredentials"
	// ReasonSecretNotFound: create the Secret in the operator's namespace with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonInUse: the object is being deleted but others still use it; the message names them.
	ReasonInUse = "InUse"
	// ReasonMessagesHeld: queues still hold messages; consume them, or annotate skein.dev/allow-delete-with-messages.
	ReasonMessagesHeld = "MessagesHeld"
	// ReasonEmptySettle: queues are empty; they are read again for a while before they are deleted.
	ReasonEmptySettle = "EmptySettle"
	// ReasonSubscribersPresent: others subscribe to the topic; let them go first, or annotate skein.dev/allow-delete-with-subscribers.
	ReasonSubscribersPresent = "SubscribersPresent"
	// ReasonQueuePolicyMissing: the queue's policy lacks the statement that lets the topics send; Skein puts it back, or says what refuses it.
	ReasonQueuePolicyMissing = "QueuePolicyMissing"
	// ReasonQueueKeyDenied: the queue's KMS key does not let SNS encrypt, so nothing is delivered; add the statement in the message to the key's policy.
	ReasonQueueKeyDenied = "QueueKeyDenied"
	// ReasonQueueKeyNotGrantable: the queue uses a key that AWS manages, which cannot be granted to SNS; use SQSManaged or a key of your own.
	ReasonQueueKeyNotGrantable = "QueueKeyNotGrantable"
	// ReasonTopicKeyDenied: the topic's KMS key does not admit a service or account that may publish; add the statement in the message to the key's policy.
	ReasonTopicKeyDenied = "TopicKeyDenied"
	// ReasonTopicKeyNotGrantable: the topic uses a key that AWS manages, which cannot be granted to the services or accounts that publish; use a key of your own.
	ReasonTopicKeyNotGrantable = "TopicKeyNotGrantable"
	// ReasonKeyUnusable: a KMS key is disabled, is being deleted or does not exist; enable it, or use another.
	ReasonKeyUnusable = "KeyUnusable"
	// ReasonKeyUnknown: a KMS key cannot be looked at; the message names the permission, or the statement that the key needs.
	ReasonKeyUnknown = "KeyUnknown"
	// ReasonPolicyUnknown: a policy cannot be read, or asks for something that only AWS knows; the message names the permission or the condition.
	ReasonPolicyUnknown = "PolicyUnknown"
	// ReasonUndeliveredPolicyMissing: the undelivered queue is missing, or its policy does not let SNS send, so what SNS cannot deliver is lost.
	ReasonUndeliveredPolicyMissing = "UndeliveredPolicyMissing"
	// ReasonUndeliveredKeyDenied: the undelivered queue's KMS key does not let SNS encrypt, so what SNS cannot deliver is lost.
	ReasonUndeliveredKeyDenied = "UndeliveredKeyDenied"
	// ReasonDeadLetterRefused: the dead-letter queue is missing, or does not admit the queue; the message says which.
	ReasonDeadLetterRefused = "DeadLetterRefused"
	// ReasonUnsupportedRegionPair: topic and queue are in two different opt-in regions; use a topic in the queue's region, or in a default one.
	ReasonUnsupportedRegionPair = "UnsupportedRegionPair"
	// ReasonConsumerQueueNotFound: create the ConsumerQueue that the Redrive names, or make a Redrive with the right name.
	ReasonConsumerQueueNotFound = "ConsumerQueueNotFound"
	// ReasonConsumerQueueNotReady: the queues of the ConsumerQueue do not exist yet, or are not its own; look at its conditions.
	ReasonConsumerQueueNotReady = "ConsumerQueueNotReady"
	// ReasonAnotherRedrive: another Redrive, or a task started by hand, moves messages out of the same queue; wait for it, or cancel it.
	ReasonAnotherRedrive = "AnotherRedrive"
	// ReasonConsumersNotReady: inline consumers are still being made or deleted.
	ReasonConsumersNotReady = "ConsumersNotReady"
)

// Reasons that stall: only a change of this object's spec, or of AWS ownership, helps.
const (
	// ReasonInvalidSpec: the field that is named has a value that cannot work; correct it.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonInvalidFilterPolicy: SNS would refuse the filter policy; correct the key that is named.
	ReasonInvalidFilterPolicy = "InvalidFilterPolicy"
	// ReasonDuplicateSubscription: two subscriptions of this object name one topic; SNS has one a queue. Remove one.
	ReasonDuplicateSubscription = "DuplicateSubscription"
	// ReasonFIFOMismatch: a standard topic cannot feed a FIFO queue, and alarms cannot be sent to a FIFO topic; use a topic of the other type or a standard queue.
	ReasonFIFOMismatch = "FIFOMismatch"
	// ReasonNameTooLong: the default AWS name is over the limit; set the name explicitly.
	ReasonNameTooLong = "NameTooLong"
	// ReasonNameImmutable: an AWS name was set that differs from the one in use; set it back.
	ReasonNameImmutable = "NameImmutable"
	// ReasonNameTaken: a Kubernetes object of the name that is needed belongs to someone else; rename one of them.
	ReasonNameTaken = "NameTaken"
	// ReasonConfigMapNotOwned: the connection ConfigMap exists and is not this object's; choose another name in spec.connection.
	ReasonConfigMapNotOwned = "ConfigMapNotOwned"
	// ReasonAdoptionForbidden: adoptionPolicy is Adopt and the AWSAccount does not allow it; ask its owner for adoption: Allowed.
	ReasonAdoptionForbidden = "AdoptionForbidden"
	// ReasonNotOwned: the AWS resource exists and Skein did not make it; choose another name, or adopt it (adoptionPolicy).
	ReasonNotOwned = "NotOwned"
	// ReasonOwnedByAnother: another object holds the AWS resource or has the older claim; choose another name.
	ReasonOwnedByAnother = "OwnedByAnother"
	// ReasonAccountChanged: the AWSAccount now means another account or region than the one in status; set it back.
	ReasonAccountChanged = "AccountChanged"
	// ReasonWouldDeleteMessages: a lower retention would delete messages; drain the queue, or annotate skein.dev/allow-retention-cut.
	ReasonWouldDeleteMessages = "WouldDeleteMessages"
	// ReasonPolicyTooLarge: the policy with all statements is over AWS's limit; remove statements or principals.
	ReasonPolicyTooLarge = "PolicyTooLarge"
	// ReasonRefusedByAWS: AWS refused a value, ten minutes long; the message has AWS's own words.
	ReasonRefusedByAWS = "RefusedByAWS"
	// ReasonImmutable: an attribute that AWS fixes at creation differs; the message says the remedy.
	ReasonImmutable = "Immutable"
	// ReasonSharedDeadLetterQueue: the ConsumerQueue shares its dead-letter queue; make a Redrive that names the shared one.
	ReasonSharedDeadLetterQueue = "SharedDeadLetterQueue"
	// ReasonNoSource: the ConsumerQueue has no queue of the kind that the Redrive is to empty; enable deadLetter or undelivered.
	ReasonNoSource = "NoSource"
	// ReasonMessagesReturned: too many of the moved messages came back as dead letters; mend the consumer, then make another Redrive, or resume the schedule.
	ReasonMessagesReturned = "MessagesReturned"
	// ReasonMessagesRefused: the queue refused messages for good, and they stayed where they were; the message has AWS's words. Mend the queue, or take
	// them out, then make another Redrive.
	ReasonMessagesRefused = "MessagesRefused"
	// ReasonTaskFailed: AWS ended the move; the message has its reason.
	ReasonTaskFailed = "TaskFailed"
	// ReasonTaskCancelled: somebody cancelled the move in AWS; make another Redrive for what is left.
	ReasonTaskCancelled = "TaskCancelled"
	// ReasonTaskLost: AWS does not know the run's task any more, so nobody can tell how far it came; look at the queues, and make another Redrive for what is left.
	ReasonTaskLost = "TaskLost"
	// ReasonSharedQueueInvalid: the queue named in deadLetter.consumerQueue cannot serve as one; the message says why.
	ReasonSharedQueueInvalid = "SharedQueueInvalid"
)
