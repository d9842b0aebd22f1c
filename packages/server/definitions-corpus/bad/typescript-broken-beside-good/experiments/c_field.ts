class Grid {
  constructor(private readonly size: number) {}
}

export default new Grid(3);
