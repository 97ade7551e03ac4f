// Which tracks are chosen: as the server says, and what was done here that it does not know of yet.
//
// The server is told the whole list each time, numbered. Of two messages at once the page keeps one, the last; it holds
// all that those before it held.

export class Choice {
  /** `changed` is called after each change. */
  constructor(changed) {
    this.changed = changed;
    this.client = crypto.getRandomValues(new Uint32Array(1))[0];
    this.serial = 0;
    this.mine = null; // the list that was asked for and is not known to be done
    this.data = { tracks: [], most: 0, table: "", done: {} };
  }

  /** Take over what the server says. */
  update(data, send) {
    this.send = send;
    const isOther = data.table !== this.data.table;
    const { client, serial } = data.done;
    this.data = data;
    const isDone = client === this.client && serial >= this.serial;
    if (isOther || (isDone && this.mine?.length)) this.mine = null;
  }

  /** Target indices, top to bottom. */
  get tracks() {
    return this.mine ?? this.data.tracks.map((track) => track.index);
  }

  get most() {
    return this.data.most;
  }

  get room() {
    return this.most - this.tracks.length;
  }

  has(index) {
    return this.tracks.includes(index);
  }

  /** Choose these tracks. An empty list stays here: a picture has a lane at least. */
  set(tracks) {
    this.mine = tracks;
    if (tracks.length) {
      this.serial += 1;
      this.send({ client: this.client, serial: this.serial, table: this.data.table, tracks });
    }
    this.changed();
  }

  /** Choose one more track, or one less; false where no more fit. */
  toggle(index) {
    if (this.has(index)) this.set(this.tracks.filter((other) => other !== index));
    else if (this.room > 0) this.set([...this.tracks, index]);
    else return false;
    return true;
  }

  /** Choose more tracks, as many as fit; returns { added, left }: how many were, and how many did not fit. */
  add(indices) {
    const fresh = indices.filter((index) => !this.has(index));
    const added = fresh.slice(0, Math.max(this.room, 0));
    if (added.length) this.set([...this.tracks, ...added]);
    return { added: added.length, left: fresh.length - added.length };
  }

  /** Move one track a place up. */
  raise(index) {
    const tracks = [...this.tracks];
    const place = tracks.indexOf(index);
    if (place > 0) {
      tracks.splice(place - 1, 2, index, tracks[place - 1]);
      this.set(tracks);
    }
  }

  /** Where nothing is chosen, go back to what is on view. */
  settle() {
    if (this.mine && !this.mine.length) {
      this.mine = null;
      this.changed();
    }
  }
}
