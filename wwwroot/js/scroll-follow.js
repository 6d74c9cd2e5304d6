// Follows the end of the conversation while the reader is there, and leaves the view alone while not.

const near = 48;

export class ScrollFollow {
  pinned = true;
  #last = 0;

  constructor(scroller, content, onChange) {
    this.scroller = scroller;
    this.onChange = onChange;
    scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    scroller.addEventListener('wheel', ({ deltaY }) => deltaY < 0 && this.#unpin(), { passive: true });
    scroller.addEventListener('touchmove', () => this.#distance() > 4 && this.#unpin(), { passive: true });
    scroller.addEventListener('keydown', ({ key }) => ['PageUp', 'Home', 'ArrowUp'].includes(key) && this.#unpin());
    this.onSelection = () => this.#selected();
    document.addEventListener('selectionchange', this.onSelection);
    this.observer = new ResizeObserver(() => this.follow());
    this.observer.observe(content);
    this.observer.observe(scroller);
  }

  close() {
    document.removeEventListener('selectionchange', this.onSelection);
    this.observer.disconnect();
  }

  follow() {
    if (this.pinned) {
      this.scroller.scrollTop = this.scroller.scrollHeight;
      this.#last = this.scroller.scrollTop;
    }
  }

  pin() {
    this.#become(true);
    this.follow();
  }

  /** Runs `change`, and keeps the first visible message where it is. */
  keepPlace(items, change) {
    const top = this.scroller.getBoundingClientRect().top;
    const anchor = items().find((item) => item.getBoundingClientRect().bottom > top);
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected && !this.pinned) {
      this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
      this.#last = this.scroller.scrollTop;
    }
  }

  #scrolled() {
    const { scrollTop } = this.scroller;
    if (scrollTop < this.#last - 2 && this.#distance() > near) {
      this.#unpin();
    } else if (scrollTop > this.#last && this.#distance() <= near) {
      this.#become(true);
    }
    this.#last = scrollTop;
  }

  #selected() {
    const selection = getSelection();
    if (selection && !selection.isCollapsed && this.scroller.contains(selection.anchorNode)) {
      this.#unpin();
    }
  }

  #unpin() {
    // Where everything is visible there is nothing to leave.
    if (this.scroller.scrollHeight > this.scroller.clientHeight + 1) {
      this.#become(false);
    }
  }

  #become(pinned) {
    if (pinned !== this.pinned) {
      this.pinned = pinned;
      this.onChange(pinned);
    }
  }

  #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight;
  }
}
