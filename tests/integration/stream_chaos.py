# SPDX-License-Identifier: Apache-2.0
"""stream_chaos.py ENCRYPTOR KILLS OUTAGE-SECONDS: the fire and the judge of stream_chaos.sh. In the folder that it is run in are schema.yaml; it
leaves `sent` (KEY, tab, VALUE of each record that is not poison), `canaries`, and the copies' logs copy-N.log. Exit status: 0, 1."""
import base64
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

ENCRYPTOR, KILLS, OUTAGE = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
BROKERS = os.environ['VAULTCRYPT_BROKERS']
SEED = int(os.environ.get('STREAM_SEED') or random.SystemRandom().randrange(1 << 32))
GUARANTEE = os.environ.get('STREAM_GUARANTEE') or 'exactly-once'
EXACT = GUARANTEE == 'exactly-once'
BROKER_KILLS = int(os.environ.get('STREAM_BROKER_KILLS') or 0)  # three brokers, of which one is killed so often, amid transactions
DEEDS = os.environ.get('STREAM_DEEDS', '').split()  # of Fire's methods; all of them where it is empty
PROTOCOL = os.environ.get('STREAM_PROTOCOL') or 'both'  # of the group: eager, cooperative, either (the dice tell), both in turn
PARTITIONS, RATE, SESSION_MS, TRANSACTION_MS = 4, 300, 3000, 25000 + int(OUTAGE * 1000)
ECHO = 'took it for two of one name'
CANARIES = {'card': 'CANARY/card?9c1f', 'note': 'CANARY+note~77e0', 'poison': 'CANARY:poison&be42'}

dice = random.Random(SEED)
begun = time.monotonic()
faults = []


def tell(text):
    print('# %7.2f %s' % (time.monotonic() - begun, text), flush=True)


def fault(text):
    faults.append(text)
    if len(faults) <= 40:
        print('not ok - ' + text, flush=True)


# -- records ------------------------------------------------------------------------------------------------------

def record(number):
    """(value, whether it can be protected)."""
    card, note = '%s %d' % (CANARIES['card'], number), '%s %d' % (CANARIES['note'], number)
    if number % 101 == 50:
        return '{"n": %d, "card": "%s' % (number, CANARIES['poison']), False
    if number % 101 == 100:
        return json.dumps({'n': number, 'card': {'of': CANARIES['poison']}, 'note': note}), False
    return json.dumps({'n': number, 'card': card, 'note': note}), True


class Writer(threading.Thread):
    """Writes on, through whatever befalls the broker, until told to end."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ends, self.paused, self.count = False, False, 0
        self.producer = Producer({'bootstrap.servers': BROKERS, 'enable.idempotence': True, 'linger.ms': 5, 'log_level': 0,
                                  'message.timeout.ms': 600000, 'reconnect.backoff.max.ms': 500})

    def run(self):
        moment = time.monotonic()
        while not self.ends:
            if self.paused:
                time.sleep(0.01)
                continue
            value, _ = record(self.count)
            try:
                self.producer.produce('in', value, 'k%d' % self.count, partition=self.count * 7 // 3 % PARTITIONS,
                                      headers=[('n', str(self.count))])
            except BufferError:
                self.producer.poll(0.1)
                continue
            self.count += 1
            self.producer.poll(0)
            moment = max(moment + 1 / RATE, time.monotonic() - 1)
            time.sleep(max(0, moment - time.monotonic()))

    def pause(self, paused):
        self.paused = paused
        time.sleep(0.1)
        if paused and self.producer.flush(60):
            fault('the producer could not write all')

    def end(self):
        self.ends = True
        self.join()
        if self.producer.flush(120):
            fault('the producer could not write all')


def await_transactions(topic, partitions):
    """What copies that were killed have left open ends by itself: only then readers see all there is."""
    ends = []
    for isolation in ('read_committed', 'read_uncommitted'):
        ends.append(Consumer({'bootstrap.servers': BROKERS, 'group.id': 'judge', 'isolation.level': isolation, 'log_level': 0}))
    until, behind = time.monotonic() + 3 * TRANSACTION_MS / 1000, 1
    while behind and time.monotonic() < until:
        places = [TopicPartition(topic, i) for i in range(partitions)]
        behind = sum(ends[1].get_watermark_offsets(one, 20)[1] - ends[0].get_watermark_offsets(one, 20)[1] for one in places)
        time.sleep(0.2)
    if behind:
        fault('a transaction stays open on topic %s: %d records behind it' % (topic, behind))
    for consumer in ends:
        consumer.close()


def read_topic(topic, isolation):
    """All that is there now, by partition."""
    consumer = Consumer({'bootstrap.servers': BROKERS, 'group.id': 'judge', 'enable.auto.commit': False, 'enable.partition.eof': True,
                         'isolation.level': isolation, 'log_level': 0})
    count = len(consumer.list_topics(topic, 20).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, i, 0) for i in range(count)])
    found, ends, deadline = [[] for _ in range(count)], set(), time.monotonic() + 120
    while len(ends) < count:
        for message in consumer.consume(1000, 0.5):
            if message.error() is None:
                found[message.partition()].append(message)
            elif message.error().name() == '_PARTITION_EOF':
                ends.add(message.partition())
        if time.monotonic() > deadline:
            fault('topic %s cannot be read to its end: is a transaction left open?' % topic)
            break
    consumer.close()
    return found


class Watch(threading.Thread):
    """How many committed records there are, so that kills come while something is under way."""

    def __init__(self):
        super().__init__(daemon=True)
        self.count = 0
        self.ends = False

    def run(self):
        consumer = Consumer({'bootstrap.servers': BROKERS, 'group.id': 'watch', 'enable.auto.commit': False, 'log_level': 0,
                             'isolation.level': 'read_committed', 'reconnect.backoff.max.ms': 500})
        consumer.assign([TopicPartition('out', i, 0) for i in range(PARTITIONS)])
        while not self.ends:
            self.count += sum(message.error() is None for message in consumer.consume(1000, 0.1))
        consumer.close()


# -- copies of the encryptor --------------------------------------------------------------------------------------

class Copy:
    serial = 0

    def __init__(self, name, cooperative):
        Copy.serial += 1
        self.name, self.number, self.begun, self.excused = name, Copy.serial, time.monotonic(), False
        self.log = 'copy-%d.log' % self.number
        properties = {'session.timeout.ms': SESSION_MS, 'heartbeat.interval.ms': 500, 'transaction.timeout.ms': TRANSACTION_MS,
                      'reconnect.backoff.max.ms': 500, 'group.id': 'fire'}
        if cooperative:
            properties['partition.assignment.strategy'] = 'cooperative-sticky'
        command = [ENCRYPTOR, '-s', 'schema.yaml', '--source', 'in', '--target', 'out']
        command += ['--exactly-once'] if EXACT else []
        command += ['--instance', name] if name else []
        for item in properties.items():
            command += ['-X', '%s=%s' % item]
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def __str__(self):
        return 'copy %d (%s)' % (self.number, self.name or 'unnamed')

    def signal(self, number):
        self.process.send_signal(number)

    def await_age(self, seconds):
        """A copy that is suspended or asked to end must have got so far that this tells something."""
        time.sleep(max(0, self.begun + seconds - time.monotonic()))

    def last_words(self):
        with open(self.log, errors='replace') as log:
            return log.read().strip().rpartition('\n')[2][:300]


class Fire:
    died = 0  # when a copy without a name was killed last

    def __init__(self, cooperative, writer, watch):
        self.cooperative, self.writer, self.watch = cooperative, writer, watch
        self.copies, self.kills, self.restarted = [], 0, bool(DEEDS)
        self.protocol = 'cooperative' if cooperative else 'eager'
        for name in ('a', 'b', None):
            self.start(name)

    def start(self, name):
        self.copies.append(Copy(name, self.cooperative))
        tell('%s: start %s' % (self.protocol, self.copies[-1]))
        return self.copies[-1]

    def leave(self, copy):
        """Asks it to end, and waits."""
        copy.await_age(2)
        copy.signal(signal.SIGTERM)
        self.copies.remove(copy)
        try:
            if copy.process.wait(60) and ECHO not in copy.last_words():
                fault('%s did not end well: %s' % (copy, copy.last_words()))
        except subprocess.TimeoutExpired:
            fault('%s does not end' % copy)
            copy.process.kill()
            copy.process.wait()

    def look_after(self):
        """None ends by itself, unless it found no broker when it started, or its own echo: then it is started again, as a supervisor would."""
        for copy in list(self.copies):
            if copy.process.poll() is not None:
                words = copy.last_words()
                if not (copy.excused and 'topic in: ' in words or ECHO in words):
                    fault('%s ended by itself with %d: %s' % (copy, copy.process.returncode, copy.last_words()))
                self.copies.remove(copy)
                self.start(copy.name)

    def await_progress(self, seconds):
        before, until = self.watch.count, time.monotonic() + seconds
        while self.watch.count == before and time.monotonic() < until:
            time.sleep(0.02)
            self.look_after()
        return self.watch.count > before

    # -- what may happen --

    def kill(self):
        burst = min(dice.choice((1, 1, 1, 2, 3)), len(self.copies), KILLS)
        self.await_progress(3)
        time.sleep(dice.uniform(0, 1.2))
        victims = [one for one in self.copies if one.name or self.restarted]
        victims = dice.sample(victims, min(burst, len(victims)))
        tell('%s: kill -9 %s' % (self.protocol, ', '.join(map(str, victims))))
        for copy in victims:
            copy.signal(signal.SIGKILL)
            copy.process.wait()
            self.copies.remove(copy)
            self.kills += 1
            if not copy.name:
                Fire.died = time.monotonic()
        time.sleep(dice.choice((0, 0, 0.3, OUTAGE)))
        for copy in victims:
            self.start(copy.name)

    def seal(self):
        tell('%s: Vault is sealed' % self.protocol)
        control('OPENBAO_TLS', 'seal')
        time.sleep(dice.uniform(1, 3) + OUTAGE)
        control('OPENBAO_TLS', 'unseal')
        tell('%s: Vault is unsealed' % self.protocol)

    def suspend_broker(self):
        """It is away amid transactions, longer than a session lasts."""
        self.await_progress(3)
        tell('%s: the broker is suspended' % self.protocol)
        with open(os.path.join(os.environ['VAULTCRYPT_SERVICE_KAFKA'], 'pid')) as file:
            broker = int(file.read())
        os.kill(broker, signal.SIGSTOP)
        time.sleep(SESSION_MS / 1000 + dice.uniform(0, 2) + OUTAGE)
        os.kill(broker, signal.SIGCONT)
        tell('%s: the broker goes on' % self.protocol)

    def restart_broker(self):
        """
        Between transactions only, where there are any: what Kafka 4.3.1 (one node) finds prepared, or out of time, while its coordinator starts, it
        reports as completed without a marker in any partition. Records and offsets of it are neither there nor not there then, whatever a client does.
        """
        how = 'TERM' if self.cooperative else 'KILL'
        if EXACT:
            self.writer.pause(True)
            left = wait_until_read()
            if left:
                fault('not all is read before the broker is restarted: %s left' % left)
            time.sleep(max(0, Fire.died + TRANSACTION_MS / 1000 + 2 - time.monotonic()))
        else:
            self.await_progress(3)
        tell('%s: the broker is restarted, %s' % (self.protocol, how))
        self.restarted = True
        for copy in self.copies:
            copy.excused = time.monotonic() - copy.begun < 10
        control('KAFKA', 'stop', how)
        time.sleep(dice.uniform(0, 1) + OUTAGE)
        control('KAFKA', 'start')
        if EXACT:
            self.writer.pause(False)
        tell('%s: the broker is up' % self.protocol)

    def come_and_go(self):
        tell('%s: one comes, one goes' % self.protocol)
        if len(self.copies) > 2:
            self.leave(dice.choice(self.copies))
        else:
            self.start(None)
        self.await_progress(5)
        if len(self.copies) < 4:
            self.start(None)

    def suspend(self):
        """Nobody else has its name: it comes back as a zombie, finds that others have its partitions, and goes on."""
        copy = dice.choice([one for one in self.copies if not one.name] or [self.start(None)])
        copy.await_age(4)
        self.await_progress(5)
        time.sleep(dice.uniform(0, 0.5))
        tell('%s: suspend %s' % (self.protocol, copy))
        copy.signal(signal.SIGSTOP)
        time.sleep(SESSION_MS / 1000 + dice.uniform(0.5, 2.5))
        copy.signal(signal.SIGCONT)
        tell('%s: %s goes on' % (self.protocol, copy))

    def replace(self):
        """
        A zombie whose name another has got meanwhile: it must end. Without transactions it may be the zombie whose join to the group comes last, as a
        group knows no more of the two than the name that they share: then the other must end.
        """
        copy = dice.choice([one for one in self.copies if one.name])
        copy.await_age(4)
        self.await_progress(5)
        tell('%s: suspend %s, and another takes its place' % (self.protocol, copy))
        copy.signal(signal.SIGSTOP)
        self.copies.remove(copy)
        other = self.start(copy.name)
        time.sleep(SESSION_MS / 1000 + dice.uniform(0, 2))
        copy.signal(signal.SIGCONT)
        until = time.monotonic() + 30
        while copy.process.poll() is None and (EXACT or other.process.poll() is None) and time.monotonic() < until:
            time.sleep(0.05)
        if copy.process.poll() is None and not EXACT and other.process.poll() is not None:
            self.copies[self.copies.index(other)], copy, other = copy, other, copy
        if copy.process.poll() is None:
            fault('%s was replaced and goes on' % copy)
            copy.process.kill()
            copy.process.wait()
        elif copy.process.returncode == 0:
            fault('%s was replaced and ended as if it was not' % copy)
        tell('%s: %s ended: %s' % (self.protocol, copy, copy.last_words()))

    def burn(self, kills):
        others = [self.seal, self.restart_broker, self.suspend_broker, self.come_and_go, self.suspend, self.replace]
        deeds = [one for one in others if not DEEDS or one.__name__ in DEEDS] * max(1, kills // 60)
        dice.shuffle(deeds)
        if self.restart_broker in deeds:
            deeds.remove(self.restart_broker)
            deeds.insert(0 if not self.cooperative else len(deeds) // 2, self.restart_broker)
        share = kills / len(deeds)
        for number, deed in enumerate(deeds, 1):
            while self.kills < min(kills, round(share * number)):
                self.kill()
            deed()
            self.look_after()

    def burn_brokers(self, kills):
        """One of three at a time: all that brokers keep is with the two others."""
        victims = []
        for _ in range(kills):
            victims = victims or dice.sample((1, 2, 3), 3)
            victim = victims.pop()
            if not self.await_progress(30):
                fault('nothing comes out')
            time.sleep(dice.uniform(0, 1.2))
            tell('%s: kill -9 broker %d' % (self.protocol, victim))
            control('KAFKA_THREE', 'stop', 'KILL', folder=str(victim))
            if dice.random() < 0.5:
                self.kill()
            tell('%s: %s' % (self.protocol, 'it goes on' if self.await_progress(30) else 'nothing comes out meanwhile'))
            time.sleep(dice.uniform(0, 2))
            control('KAFKA_THREE', 'start', folder=str(victim))
            tell('%s: broker %d is up' % (self.protocol, victim))
            await_replicas()
            self.look_after()

    def end(self):
        for copy in list(self.copies):
            self.leave(copy)


def control(service, *verb, folder=''):
    environment = dict(os.environ)
    if folder:
        environment['KAFKA_CTL'] = os.path.join(os.environ['VAULTCRYPT_SERVICE_' + service], folder)
    if subprocess.run([os.environ['VAULTCRYPT_SERVICE_%s_CTL' % service], *verb], env=environment).returncode:
        fault('%s: %s did not come about' % (service, ' '.join(verb)))


def await_replicas():
    """All three have all again: only then another may die."""
    admin = AdminClient({'bootstrap.servers': BROKERS, 'log_level': 0})
    until, behind = time.monotonic() + 60, True
    while behind and time.monotonic() < until:
        try:
            topics = admin.list_topics(timeout=10).topics.values()
            behind = [one for topic in topics for one in topic.partitions.values() if len(one.isrs) < 3]
        except KafkaException as error:
            tell('asking for replicas: %s' % error)
        time.sleep(0.2)
    if behind:
        fault('the brokers do not come to have all again')


def await_empty(admin):
    """Copies with names stay members until their session ends, and a group has one protocol only."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if admin.describe_consumer_groups(['fire'], request_timeout=10)['fire'].result(20).state.name == 'EMPTY':
                return
        except (KafkaException, TimeoutError) as error:
            tell('asking for the group: %s' % error)
        time.sleep(0.2)
    fault('the group does not get empty')


# -- the judge ----------------------------------------------------------------------------------------------------

def wait_until_read(group='fire'):
    """All of `in` is committed by the group."""
    consumer = Consumer({'bootstrap.servers': BROKERS, 'group.id': group, 'enable.auto.commit': False, 'log_level': 0})
    until, left = time.monotonic() + 60, None
    while time.monotonic() < until:
        try:
            offsets = consumer.committed([TopicPartition('in', i) for i in range(PARTITIONS)], 10)
            left = sum(consumer.get_watermark_offsets(one, 10)[1] - max(0, one.offset) for one in offsets)
        except KafkaException as error:
            left = str(error)
        if left == 0:
            break
        time.sleep(0.2)
    consumer.close()
    return left


def is_right_count(found):
    return len(found) == 1 or (found and not EXACT)


def judge():
    if EXACT:
        await_transactions('out', PARTITIONS)
        await_transactions('out_dead_letter', 1)
    sent, out, letters = read_topic('in', 'read_uncommitted'), read_topic('out', 'read_committed'), read_topic('out_dead_letter', 'read_committed')
    told = {}
    for letter in (one for partition in letters for one in partition):
        body = json.loads(letter.value())
        told.setdefault((body['partition'], body['offset']), []).append(letter)
        if not body.get('body'):
            fault('the letter of [%d] at offset %d holds no body: %s' % (body['partition'], body['offset'], body.get('error')))
    with open('sent', 'w') as expected:
        for partition in range(PARTITIONS):
            judge_partition(partition, sent[partition], out[partition], told, expected)
    for place in told:
        fault('a letter of [%d] at offset %d, which is no poison' % place)
    total = sum(map(len, sent))
    tell('%d records sent, %d came out, %d letters' % (total, sum(map(len, out)), sum(map(len, letters))))
    return total


def judge_partition(partition, sent, out, told, expected):
    """Each record that can be protected once and in order, each other one as one letter; or, at least once, more often, but first in order."""
    wanted = []
    for message in sent:
        number = int(message.key()[1:])
        if record(number)[1]:
            wanted.append(message)
            expected.write('k%d\t%s\n' % (number, message.value().decode()))
        elif not is_right_count(told.pop((partition, message.offset()), [])):
            fault('poison [%d] at offset %d (key %s) has not one letter' % (partition, message.offset(), message.key().decode()))
    places = {}
    for message in out:
        places.setdefault(message.key(), []).append(message.offset())
    known = {message.key(): message for message in wanted}
    for message in wanted:
        found = places.get(message.key(), [])
        if not is_right_count(found):
            fault('record [%d] at offset %d (key %s) came out %d times, at offsets %s'
                  % (partition, message.offset(), message.key().decode(), len(found), found))
    for key in places.keys() - known.keys():
        fault('[%d] has key %s, which was not sent to it' % (partition, key.decode()))
    keys = [message.key() for message in out]
    if (keys if EXACT else list(dict.fromkeys(keys))) != [message.key() for message in wanted]:
        fault('[%d] is not in the order of what was sent' % partition)
    for message in out:
        judge_record(partition, message, known.get(message.key()))


def judge_record(partition, message, origin):
    place = '[%d] at offset %d (key %s)' % (partition, message.offset(), message.key().decode())
    value, headers = json.loads(message.value()), dict(message.headers() or [])
    if not value['card'].startswith('vault:v1:') or 'CANARY' in message.value().decode():
        fault(place + ' is not protected')
    if origin and (message.timestamp()[1] != origin.timestamp()[1] or headers.pop('n', None) != message.key()[1:]):
        fault(place + ' has not the timestamp and headers of its origin')
    if len(headers) != 1 or not headers.get('vaultcrypt-schema', b'').startswith(b'1;'):
        fault(place + ' has not the header vaultcrypt-schema, alone')


def main():
    tell('STREAM_SEED=%d' % SEED)
    with open('canaries', 'w') as file:
        for item in CANARIES.items():
            file.write('%s\t%s\n' % item)
    admin = AdminClient({'bootstrap.servers': BROKERS, 'log_level': 0})
    for made in admin.create_topics([NewTopic(name, count, 3 if BROKER_KILLS else 1)
                                     for name, count in (('in', PARTITIONS), ('out', PARTITIONS), ('out_dead_letter', 1))]).values():
        made.result(30)
    writer, watch = Writer(), Watch()
    writer.start()
    watch.start()
    kills = 0
    phases = {'eager': [(False, KILLS)], 'cooperative': [(True, KILLS)], 'both': [(False, KILLS // 2), (True, KILLS - KILLS // 2)]}
    phases = phases[dice.choice(('eager', 'cooperative')) if PROTOCOL == 'either' else PROTOCOL]
    for number, (cooperative, share) in enumerate(phases, 1):
        fire = Fire(cooperative, writer, watch)
        fire.await_progress(20)
        if BROKER_KILLS:
            fire.burn_brokers(BROKER_KILLS * number // len(phases) - BROKER_KILLS * (number - 1) // len(phases))
        else:
            fire.burn(share)
        kills += fire.kills
        last = number == len(phases)
        if last:
            writer.end()
            left = wait_until_read()
            if left:
                fault('not all is read: %s left' % left)
        fire.look_after()
        fire.end()
        if not last:
            await_empty(admin)
    watch.ends = True
    watch.join()
    if kills < KILLS and not BROKER_KILLS:
        fault('only %d kills' % kills)
    total = judge()
    if total < 100 or not total == writer.count:
        fault('%d records are in the source, %d were sent' % (total, writer.count))
    tell('%d kills, %d copies in all' % (kills, Copy.serial))
    for number in range(1, Copy.serial + 1):
        with open('copy-%d.log' % number, errors='replace') as log:
            text = log.read()
        if 'Sanitizer' in text or 'runtime error' in text:
            fault('the sanitizers speak in copy-%d.log' % number)
            print(text[-6000:])
    if faults:
        print('# STREAM_SEED=%d; %d faults; the logs:' % (SEED, len(faults)))
        for number in range(1, Copy.serial + 1):
            with open('copy-%d.log' % number, errors='replace') as log:
                sys.stdout.write(''.join('#   %d: %s\n' % (number, line.rstrip()) for line in log.readlines()[-12:]))
    return 1 if faults else 0


sys.exit(main())
