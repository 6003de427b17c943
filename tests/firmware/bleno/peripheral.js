'use strict';

// A peripheral on bleno: a battery, a thermometer, and who made it. Where its controller is,
// BLUETOOTH_HCI_SOCKET_UART_PORT says. Prints one line of JSON for everything that happens.

const bleno = require('@stoprocent/bleno');

const NAME = process.env.BLENO_DEVICE_NAME || 'Bleno';
const BATTERY = Number(process.env.BATTERY_LEVEL || 87);
const { PrimaryService, Characteristic } = bleno;

const report = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

class BatteryLevel extends Characteristic {
  constructor () {
    super({ uuid: '2a19', properties: ['read', 'notify'] });
  }

  onReadRequest (offset, callback) {
    callback(Characteristic.RESULT_SUCCESS, Buffer.from([BATTERY]));
  }
}

class TemperatureMeasurement extends Characteristic {
  constructor () {
    super({ uuid: '2a1c', properties: ['indicate'] });
  }

  onSubscribe (maxValueSize, update) {
    report('subscribed', { room: maxValueSize });
    // 36.6 °C as a FLOAT, mantissa 366 and exponent -1, and the type 'body (general)'.
    update(Buffer.from('046e0100ff02', 'hex'));
  }
}

const services = [
  new PrimaryService({ uuid: '180f', characteristics: [new BatteryLevel()] }),
  new PrimaryService({
    uuid: '1809',
    characteristics: [
      new TemperatureMeasurement(),
      new Characteristic({ uuid: '2a1d', properties: ['read'], value: Buffer.from([2]) }),
    ],
  }),
  new PrimaryService({
    uuid: '180a',
    characteristics: [
      new Characteristic({ uuid: '2a29', properties: ['read'], value: Buffer.from('Nobody') }),
      new Characteristic({ uuid: '2a24', properties: ['read'], value: Buffer.from('B-1') }),
    ],
  }),
];

bleno.on('stateChange', (state) => {
  report('state', { state });
  if (state === 'poweredOn') {
    bleno.startAdvertising(NAME, ['1809', '180f']);
  }
});
bleno.on('advertisingStart', (error) => {
  report('advertising', { error: error ? String(error) : null });
  bleno.setServices(services);
});
bleno.on('accept', () => report('connected'));
bleno.on('disconnect', () => report('disconnected'));

// bleno leaves the keys of its bonds to the Linux kernel, which answers its controller's
// questions for them. At a serial port there is no kernel in between: the answer is given here.
function answerKeyRequests (bindings) {
  let key = null;
  bindings._hci._socket.on('data', (packet) => {
    if (packet[0] !== 0x04 || packet[1] !== 0x3e || packet[3] !== 0x05) {
      return;
    }
    const handle = packet.subarray(4, 6);
    key = (bindings._aclStream && bindings._aclStream._smp._stk) || key;
    const answer = key
      ? Buffer.concat([Buffer.from([0x01, 0x1a, 0x20, 18]), handle, key])
      : Buffer.concat([Buffer.from([0x01, 0x1b, 0x20, 2]), handle]);
    bindings._hci._socket.write(answer);
    report('key request', { answered: key !== null });
  });
}

bleno.once('stateChange', () => answerKeyRequests(bleno._bindings));
process.on('SIGTERM', () => process.exit(0));
