// What the server wraps (pages/_ui/parcel.py): 64 hexadecimal digits, the checksum of what follows, and a gzip stream.

const CHECKSUM = 64;

/** What tells one parcel from another, without unpacking it. */
export function checksum(bytes) {
  return new TextDecoder("latin1").decode(bytes.subarray(0, CHECKSUM));
}

/** The text in a parcel. */
export async function textOf(bytes) {
  const packed = new Blob([bytes.subarray(CHECKSUM)]).stream();
  return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).text();
}

/** What was in the parcel that came last. The same one comes again with every run of the page; it is unpacked once. */
export class Newest {
  /** `unpack(bytes)`; `came(found)`; `failed()` where this browser cannot unpack it; `keeps` the one before till then. */
  constructor(unpack, { came, failed = () => {}, keeps = false }) {
    Object.assign(this, { unpack, came, failed, keeps });
    this.found = null;
    this.wanted = ""; // checksum of the one that came last
  }

  /** Take in what a mount brings; what is returned is to be called when that leaves the page. */
  take(bytes, parent) {
    const sum = checksum(bytes);
    if (sum !== this.wanted) this.#open(bytes, sum);
    return () => {
      if (!parent.isConnected && sum === this.wanted) [this.found, this.wanted] = [null, ""];
    };
  }

  #open(bytes, sum) {
    this.wanted = sum;
    if (!this.keeps) this.found = null;
    this.unpack(bytes).then(
      (found) => {
        if (sum !== this.wanted) return;
        this.found = found;
        this.came(found);
      },
      () => {
        if (sum !== this.wanted) return;
        this.found = null;
        this.failed();
      },
    );
  }
}
